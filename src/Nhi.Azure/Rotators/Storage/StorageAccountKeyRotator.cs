using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>
/// The two account keys of a storage account, by ARM. They can be read again, so a lost answer is looked up. The handles are <c>key1</c> and <c>key2</c>.
/// Regenerating a key also ends every SAS that was signed with it.
/// </summary>
public sealed partial class StorageAccountKeyRotator : IRotator, IMint, IVerify, IKill, ILookBack, ISurvey
{
    private const string Form = "the ARM id of the account, /subscriptions/{id}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}";
    private const string ApiVersion = "2023-05-01";
    private static readonly string[] _slots = ["key1", "key2"];
    private readonly AzureRest _rest;
    private readonly CloudHosts _hosts;
    private readonly StorageLogin _login;

    /// <param name="rest">ARM.</param>
    /// <param name="hosts">The cloud.</param>
    /// <param name="realTime">A signed request carries the real date.</param>
    public StorageAccountKeyRotator(AzureRest rest, CloudHosts hosts, TimeProvider realTime) =>
        (_rest, _hosts, _login) = (rest, hosts, new StorageLogin(rest, hosts, realTime));

    public Kind Kind { get; } = new()
    {
        Name = "storage-account-key",
        Description = "An account key of a storage account, bare or in a connection string: the key that nobody uses is regenerated and published.",
        Overlaps = [OverlapClass.DualSlot],
        ResourceForm = Form,
        Rights =
        [
            new RoleRights("mint", "Azure RBAC", ["Microsoft.Storage/storageAccounts/regeneratekey/action"], "the storage account"),
            new RoleRights("verify", "Azure RBAC", [], "none: the key itself is used"),
            new RoleRights("kill", "Azure RBAC", ["Microsoft.Storage/storageAccounts/regeneratekey/action"], "the storage account"),
            new RoleRights("look back", "Azure RBAC", ["Microsoft.Storage/storageAccounts/listkeys/action"], "the storage account"),
        ],
    };

    /// <inheritdoc/>
    public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment)
    {
        var text = ResourceTag.Read(tags, Kind.Name, Form);
        return ArmId().IsMatch(text)
            ? new GovernedResource(new ResourceId(text), OverlapClass.DualSlot, _slots, text.ToLowerInvariant(), environment)
            : throw ResourceTag.Malformed(Kind.Name, Form);
    }

    /// <inheritdoc/>
    public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(StorageKeyText.KeyIn(published), null);

    /// <inheritdoc/>
    public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => StorageKeyText.With(current, secret);

    /// <inheritdoc/>
    public async Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct)
    {
        var slot = Handles.Known(resource, order.Target);
        var keys = await RegenerateAsync(resource, slot, fence, ct);
        var value = keys.Keys?.FirstOrDefault(key => string.Equals(key.KeyName, slot, StringComparison.OrdinalIgnoreCase))?.Value;
        return string.IsNullOrEmpty(value)
            ? throw new ExternalCallException($"Regenerating {slot} of the storage account {Account(resource)}: the answer does not hold it.", mayHaveHappened: true, transient: true, code: "UnknownShape")
            : new Minted(slot, new SecretMaterial(value), null);
    }

    /// <inheritdoc/>
    public Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct) =>
        _login.TryAsync(Account(resource), secret, ct);

    /// <inheritdoc/>
    public Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct) =>
        RegenerateAsync(resource, Handles.Known(resource, handle), fence, ct);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct)
    {
        var what = $"Listing the keys of the storage account {Account(resource)}";
        var keys = (await _rest.ReadAsync(Call(resource, "listKeys", what), StorageJson.Default.StorageKeys, ct)).Keys ?? [];
        return [.. _slots.Select(slot => Live(slot, keys.FirstOrDefault(key => string.Equals(key.KeyName, slot, StringComparison.OrdinalIgnoreCase)), what))];
    }

    /// <summary>A plain GET: since when each key is what it is, without the right to list them.</summary>
    public async Task<SweptResource> SurveyAsync(ResourceId resource, DateTimeOffset now, CancellationToken ct)
    {
        if (!ArmId().IsMatch(resource.Value))
            throw new ExternalCallException($"'{resource}' is no ARM id of a storage account.", mayHaveHappened: false, transient: false, code: "UnknownResource");
        var call = new RestCall("", _hosts.Management, RequestMethod.Get, $"{resource.Value}?api-version={ApiVersion}", $"Reading the storage account {resource.Value[(resource.Value.LastIndexOf('/') + 1)..]}") { AsWatcher = true };
        var answer = await _rest.TryReadAsync(call, ct);
        var seen = new SweptResource { Id = resource, Kind = Kind.Name, SeenAt = now, Exists = !answer.IsAbsent };
        if (seen.Exists == false)
            return seen;
        var made = answer.OrThrow().As(StorageJson.Default.StorageAccountShown).Properties?.KeyCreationTime;
        return seen with { Credentials = [.. _slots.Select(slot => new ProviderCredential(slot, Created: slot == _slots[0] ? made?.Key1 : made?.Key2))] };
    }

    private static LiveCredential Live(string slot, StorageKey? key, string what) =>
        string.IsNullOrEmpty(key?.Value)
            ? throw new ExternalCallException($"{what}: the answer does not hold {slot}.", mayHaveHappened: false, transient: true, code: "UnknownShape")
            : new LiveCredential(slot, Secret: new SecretMaterial(key.Value), Created: key.CreationTime);

    private async Task<StorageKeys> RegenerateAsync(GovernedResource resource, string slot, IFence fence, CancellationToken ct)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new RegenerateKey(slot), StorageJson.Default.RegenerateKey);
        var answer = await _rest.TryChangeAsync(Call(resource, "regenerateKey", $"Regenerating {slot} of the storage account {Account(resource)}") with { Body = body, Fence = fence }, ct);
        return answer.OrThrow().As(StorageJson.Default.StorageKeys);
    }

    private RestCall Call(GovernedResource resource, string action, string what) =>
        new(resource.Environment, _hosts.Management, RequestMethod.Post, $"{resource.Address}/{action}?api-version={ApiVersion}", what);

    private static string Account(GovernedResource resource) => resource.Address[(resource.Address.LastIndexOf('/') + 1)..];

    [GeneratedRegex(@"\A/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/resourceGroups/[0-9a-z_.()-]{1,90}/providers/Microsoft\.Storage/storageAccounts/[0-9a-z]{3,24}\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ArmId();
}
