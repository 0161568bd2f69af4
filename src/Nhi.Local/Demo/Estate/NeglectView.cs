using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Local.Demo.Estate;

/// <summary>Reads the neglected vault past the product.</summary>
internal static class NeglectView
{
    /// <summary>How far a removal has come, as the tag says.</summary>
    public static RemovalStep StepOf(World world, string name) => Current(world, name) is { Tags: { } tags } current
        && RemovalTag.Of(new CredentialVersion { Version = current.Id, Enabled = current.Enabled, Created = default, Updated = default, Tags = tags }) is { } tag ? tag.Step : RemovalStep.None;

    /// <summary>True when the topic has taken what is told of each of them.</summary>
    public static bool AreTold(World world)
    {
        var taken = string.Concat(world.Topic.Received.Select(one => one.ToJsonString()));
        return DemoEstate.Neglected.All(one => taken.Contains($"_{one.Name}_tell_2-ok_", StringComparison.Ordinal));
    }

    public static bool IsEnabled(World world, string name) => Current(world, name).Enabled;

    private static Emulators.KeyVault.StoredVersion Current(World world, string name) => world.Vault(DemoEstate.Legacy).Export().Secrets.First(secret => secret.Name == name).Versions[^1];
}
