using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>The tenant of a drawn estate.</summary>
internal sealed class DrawnDirectory(DrawnEstate estate)
{
    private readonly SweepDirectoryFake _directory = new();

    /// <summary>How people write it into a tag.</summary>
    public static string TextOf(Who who) => who switch
    {
        Who.Deleted or Who.Robot => IdOf(who),
        Who.Words => "the payments people",
        Who.Stranger => "stranger@fabrikam.com",
        _ => $"{who.ToString().ToLowerInvariant()}@contoso.com",
    };

    /// <summary>Null where nothing is tagged.</summary>
    public static string? TextOf(Workload workload, int number) => workload switch
    {
        Workload.Untold => null,
        Workload.Garbage => "the batch job",
        Workload.DeletedByPath => $"/subscriptions/cccccccc-0000-4000-8000-000000000001/resourcegroups/app/providers/microsoft.managedidentity/userassignedidentities/id{number}",
        _ => $"eeeeeeee-0000-4000-8000-{number:d12}",
    };

    public SweepDirectoryFake Filled()
    {
        _directory.Add(new Principal(IdOf(Who.Person), PrincipalType.User, PrincipalState.Active, TextOf(Who.Person)));
        _directory.Add(new Principal(IdOf(Who.Team), PrincipalType.Group, PrincipalState.Active, TextOf(Who.Team)));
        _directory.Add(new Principal(IdOf(Who.Disabled), PrincipalType.User, PrincipalState.Disabled, TextOf(Who.Disabled)));
        _directory.Add(new Principal(IdOf(Who.Robot), PrincipalType.Service, PrincipalState.Active, "a pipeline"));
        foreach (var text in new[] { IdOf(Who.Unasked), TextOf(Who.Unasked) })
            _directory.Refused.Add((nameof(IOwnerDirectory.FindAsync), text));
        foreach (var credential in estate.Credentials)
            Add(credential);
        foreach (var resource in estate.Resources.Values)
            Add(resource);
        return _directory;
    }

    private static string IdOf(Who who) => $"aaaaaaaa-0000-4000-8000-{(int)who:d12}";

    private void Add(DrawnCredential credential)
    {
        var text = TextOf(credential.Workload, credential.Number);
        if (credential.Workload is Workload.Running or Workload.Disabled)
            _directory.Workloads[text!] = credential.Workload == Workload.Running ? PrincipalState.Active : PrincipalState.Disabled;
        if (credential.Workload == Workload.Unasked)
            _directory.Refused.Add((nameof(IOwnerDirectory.WorkloadAsync), text!));
    }

    private void Add(DrawnResource resource)
    {
        var application = resource.Id["entra:".Length..];
        if (resource.Opens == Opens.Application)
        {
            _directory.ApplicationOwners[application] = [.. resource.Owners.Select(IdOf)];
            _directory.Roles[application] = [.. resource.Roles.Select(role => new RoleGrant(role.Role, role.Scope, FactsOf(role.Role)))];
            if (resource.RolesRefused)
                _directory.Refused.Add((nameof(IOwnerDirectory.RolesAsync), application));
        }

        if (resource.ResourceTag is { } tagged)
            _directory.Tags[resource.Id] = new() { ["Owner"] = TextOf(tagged) };
        if (resource.GroupTag is { } ofGroup)
            _directory.Tags[GroupOf(resource)] = new() { ["nhi-owner"] = TextOf(ofGroup) };
        if (resource.Creator is { } creator)
            _directory.Creators[resource.Id] = TextOf(creator);
        if (resource.Silent != Source.None)
            _directory.Refused.Add(resource.Silent switch
            {
                Source.Application => (nameof(IOwnerDirectory.ApplicationOwnersAsync), application),
                Source.Resource => (nameof(IOwnerDirectory.TagsAsync), resource.Id),
                Source.Group => (nameof(IOwnerDirectory.TagsAsync), GroupOf(resource)),
                _ => (nameof(IOwnerDirectory.CreatorAsync), resource.Id),
            });
    }

    private static string GroupOf(DrawnResource resource) => resource.Id.IndexOf("/providers/", StringComparison.Ordinal) is >= 0 and var at ? resource.Id[..at] : "none";

    /// <summary>What Azure's built-in roles permit; null: the definition cannot be read.</summary>
    private static RoleFacts? FactsOf(string role) => role switch
    {
        "Owner" => RoleFacts.Of(role, ["*"], []),
        "Contributor" => RoleFacts.Of(role, ["*"], []),
        "User Access Administrator" => RoleFacts.Of(role, ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"], []),
        "Key Vault Secrets User" => RoleFacts.Of(role, [], ["Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"]),
        "Storage Blob Data Owner" => RoleFacts.Of(role, ["Microsoft.Storage/storageAccounts/blobServices/containers/*"], ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"]),
        "Storage Blob Data Contributor" => RoleFacts.Of(role, ["Microsoft.Storage/storageAccounts/blobServices/containers/read"], ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"]),
        "Virtual Machine Contributor" => RoleFacts.Of(role, ["Microsoft.Authorization/*/read", "Microsoft.Compute/virtualMachines/*", "Microsoft.Network/networkInterfaces/*"], []),
        "Reader" => RoleFacts.Of(role, ["*/read"], []),
        _ => null,
    };
}
