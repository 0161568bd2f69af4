using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>What tags and settings say about a secret: its kind, its resource, its environment, its owner.</summary>
public sealed class PolicySubjects(KindRegistry kinds, IVaultRegistry vaults)
{
    private const string TutorialAddressTag = "ProviderAddress";

    /// <summary>False when nobody may look at the secret: its vault is in no setting, or discovery no longer finds it.</summary>
    public bool IsInScope(CredentialId id) => vaults.Find(id.Vault) is not null;

    /// <summary>What a policy's rules select by.</summary>
    public PolicySubject Of(Credential credential) => Of(credential.Id, credential.Tags);

    /// <inheritdoc cref="Of(Credential)"/>
    public PolicySubject Of(CredentialId id, IReadOnlyDictionary<string, string> tags) =>
        new(id, KindOf(tags), Told(tags, PolicySubject.OwnerTag), EnvironmentOf(id, tags), tags);

    /// <summary>The rotator of the secret's kind and its resource; null where tags name no kind that is registered, or no resource that the kind understands.</summary>
    public IRotator? ResourceOf(Credential credential, out GovernedResource? resource) => ResourceOf(credential.Id, credential.Tags, out resource, out _);

    /// <inheritdoc cref="ResourceOf(Credential, out GovernedResource?)"/>
    public IRotator? ResourceOf(CredentialId id, IReadOnlyDictionary<string, string> tags, out GovernedResource? resource, out string? why)
    {
        resource = null;
        why = null;
        if (kinds.Find(KindOf(tags)) is not { } rotator)
        {
            why = KindOf(tags) is { } kind ? $"The tag {PolicySubject.KindTag} names '{kind}', which is no kind here (nhi kinds lists them)." : $"No tag {PolicySubject.KindTag} says what it opens.";
            return null;
        }

        try
        {
            resource = rotator.Resolve(id, tags, WorkerOf(id, tags));
            return rotator;
        }
        catch (ResourceTagException e)
        {
            why = e.Message;
            return null;
        }
    }

    /// <summary>A vault set up by Microsoft's rotation tutorial names the storage account in <c>ProviderAddress</c>: it needs no retagging.</summary>
    private static string? KindOf(IReadOnlyDictionary<string, string> tags) =>
        Told(tags, PolicySubject.KindTag)
        ?? (tags.TryGetValue(TutorialAddressTag, out var address) && address.Contains("/providers/Microsoft.Storage/storageAccounts/", StringComparison.OrdinalIgnoreCase) ? "storage-account-key" : null);

    /// <summary>What a tag says, unless it looks like a secret: tags are people's, and what they say here goes on into tables, records and errors.</summary>
    private static string? Told(IReadOnlyDictionary<string, string> tags, string tag) =>
        tags.GetValueOrDefault(tag) is { } text && ValueGuard.LooksLikeSecret(text) ? RefusedText.Of(text.Length) : tags.GetValueOrDefault(tag);

    /// <summary>Whose identity works at the provider: the vault's. Who writes a secret there must not choose another one by a tag.</summary>
    private string WorkerOf(CredentialId id, IReadOnlyDictionary<string, string> tags) =>
        vaults.Find(id.Vault)?.Environment is { Length: > 0 } own ? own : EnvironmentOf(id, tags);

    private string EnvironmentOf(CredentialId id, IReadOnlyDictionary<string, string> tags) =>
        Told(tags, PolicySubject.EnvironmentTag) ?? vaults.Find(id.Vault)?.Environment ?? "";
}
