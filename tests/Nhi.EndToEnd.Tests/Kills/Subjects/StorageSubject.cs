using Nhi.Local;
using Nhi.Local.Emulators.Arm;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Overlap class dual slot: the two keys of a storage account.</summary>
internal sealed class StorageSubject(World world, string name) : Subject(world, name)
{
    private StorageAccount account = null!;

    public override string Kind => "storage-account-key";

    public override Task<bool> OpensAsync(string value) => Task.FromResult(account.Key("key1") == value || account.Key("key2") == value);

    /// <summary>Both slots always hold a key: what counts is which of them a version has carried.</summary>
    public override Task<int> LivingAsync()
    {
        var carried = Versions.Select(version => version.Value).ToHashSet();
        return Task.FromResult(new[] { "key1", "key2" }.Count(slot => carried.Contains(account.Key(slot))));
    }

    protected override Task<(string Value, string? Resource)> MakeAsync()
    {
        account = World.AddStorageAccount(Name.Replace("-", "", StringComparison.Ordinal));
        return Task.FromResult<(string, string?)>((account.Key("key1"), account.ResourceId));
    }
}
