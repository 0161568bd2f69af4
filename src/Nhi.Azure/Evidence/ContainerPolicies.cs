using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using Azure.Core;
using Nhi.Azure.Deployments;
using Nhi.Azure.Discovery;
using Nhi.Azure.PlatformLogs;
using Nhi.Azure.Rest;
using Nhi.Evidence.Verification;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Evidence;

/// <summary>
/// How containers of evidence are protected, as Azure Resource Manager says to the watcher: the container's immutability policy, and whether its account takes account keys.
/// Where the account lies is known by Azure Resource Graph: its name is unique in a cloud. What cannot be read is said, and fails nothing.
/// </summary>
public sealed partial class ContainerPolicies(AzureRest rest, CloudHosts hosts) : IContainerPolicyState
{
    private const string ApiVersion = "2025-06-01";
    private readonly ConcurrentDictionary<string, string> _accounts = new(StringComparer.OrdinalIgnoreCase);

    public async Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(origin);
        if (origin.Split('/') is not [var host, var container] || host.Split('.')[0] is not { Length: > 0 } name || !container.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return new ContainerPolicyLook(null, "it is none of Azure");
        try
        {
            if (await AccountAsync(name, ct) is not { } id)
                return new ContainerPolicyLook(null, $"Azure Resource Graph does not show the storage account {name} to the watcher");
            var account = await rest.ReadAsync(Call(id, $"reading the storage account {name}"), ProtectionJson.Default.AccountAnswer, ct);
            var answer = await rest.TryReadAsync(Call($"{id}/blobServices/default/containers/{container}/immutabilityPolicies/default", $"reading the immutability policy of {origin}"), ct);
            // A container without one: whoever wrote a blob there may delete it.
            var policy = answer.Status == 404 ? null : answer.OrThrow().As(ProtectionJson.Default.PolicyAnswer).Properties;
            return new ContainerPolicyLook(new ContainerPolicyState(
                string.Equals(policy?.State, "Locked", StringComparison.OrdinalIgnoreCase), policy?.ImmutabilityPeriodSinceCreationInDays ?? 0, policy is { AllowProtectedAppendWrites: true } or { AllowProtectedAppendWritesAll: true },
                // Azure takes null for true.
                account.Properties?.AllowSharedKeyAccess != false,
                int.TryParse(account.Tags?.GetValueOrDefault("nhi-retention-days"), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days > 0 ? days : null));
        }
        catch (ExternalCallException e)
        {
            return new ContainerPolicyLook(null, e.Message);
        }
    }

    private async Task<string?> AccountAsync(string name, CancellationToken ct)
    {
        if (_accounts.TryGetValue(name, out var known))
            return known;
        foreach (var row in await new ResourceGraph(rest, hosts).VaultsAsync(GovernedScopes.Query("microsoft.storage/storageaccounts", [name]), [], [], ct))
            // The id becomes the path of a request.
            if (ArmIds.IsStorageAccount(row.Id) && ArmIds.NameOf(row.Id!).Equals(name, StringComparison.OrdinalIgnoreCase))
                return _accounts[name] = row.Id!;
        return null;
    }

    private RestCall Call(string path, string what) => new("", hosts.Management, RequestMethod.Get, $"{path}?api-version={ApiVersion}", what) { AsWatcher = true };

    internal sealed record AccountAnswer(AccountProperties? Properties, Dictionary<string, string>? Tags);

    internal sealed record AccountProperties(bool? AllowSharedKeyAccess);

    internal sealed record PolicyAnswer(PolicyProperties? Properties);

    internal sealed record PolicyProperties(string? State, int? ImmutabilityPeriodSinceCreationInDays, bool? AllowProtectedAppendWrites, bool? AllowProtectedAppendWritesAll);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(AccountAnswer))]
    [JsonSerializable(typeof(PolicyAnswer))]
    private sealed partial class ProtectionJson : JsonSerializerContext;
}
