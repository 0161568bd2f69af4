using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Local.Demo.Estate;

/// <summary>Reads the neglected vault past the product.</summary>
internal static class NeglectView
{
    /// <summary>How far a removal has come, as the tag says.</summary>
    public static RemovalStep StepOf(World world, string name) => Current(world, name) is { Tags: { } tags } current
        && RemovalTag.Of(new CredentialVersion { Version = current.Id, Enabled = current.Enabled, Created = default, Updated = default, Tags = tags }) is { } tag ? tag.Step : RemovalStep.None;

    public static bool IsEnabled(World world, string name) => Current(world, name).Enabled;

    private static Emulators.KeyVault.StoredVersion Current(World world, string name) => world.Vault(DemoEstate.Legacy).Export().Secrets.First(secret => secret.Name == name).Versions[^1];
}
