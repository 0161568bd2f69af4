using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>
/// What our identities may do beside the template, at whatever scope, in every subscription that the asker may read: a deployment takes nothing away, so that an identity, a vault or a subscription that left the template leaves its rights behind.
/// </summary>
internal sealed class RightsLook(ExpectedDeployment expected, DeploymentReads arm, DoctorNotes notes, int atOnce)
{
    private const string SubscriptionsVersion = "2022-12-01";
    private readonly List<ExpectedResource> _given = [.. expected.Of("Microsoft.Authorization/roleAssignments")];

    private string Version => _given.Select(one => one.ApiVersion).FirstOrDefault("2022-04-01");

    public async Task RunAsync(CancellationToken ct)
    {
        var planned = expected.Of("Microsoft.ManagedIdentity/userAssignedIdentities").ToList();
        List<(string Id, Guid Principal)> all = [];
        foreach (var one in planned)
            if (PrincipalOf((await arm.GetAsync(one.Id, one.ApiVersion, ct)).Body) is { } principal)
                all.Add((one.Id, principal));
        foreach (var some in planned.GroupBy(one => one.Parent, StringComparer.OrdinalIgnoreCase))
            all.AddRange(await LeftBehindAsync([.. some], ct));
        await Parallel.ForEachAsync(planned, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = ct }, async (one, token) => await LookAtLendingAsync(one, token));
        var subscriptions = await SubscriptionsAsync(ct);
        await Parallel.ForEachAsync(
            all.SelectMany(_ => subscriptions, (identity, subscription) => (identity, subscription)), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = ct },
            async (pair, token) => await LookAsync(ArmIds.NameOf(pair.identity.Id), pair.identity.Principal, pair.subscription, token));
    }

    /// <summary>Identities of ours, by the beginning of their names, that the template makes no more: the optional one, and those of environments that are gone.</summary>
    private async Task<List<(string, Guid)>> LeftBehindAsync(IReadOnlyList<ExpectedResource> planned, CancellationToken ct)
    {
        // The list is where each of them would be.
        var list = planned[0].Id[..planned[0].Id.LastIndexOf('/')];
        var (there, last) = await arm.ListAsync($"{list}?api-version={planned[0].ApiVersion}", "listing the identities of the deployment's group", ct);
        if (there is null)
        {
            notes.Unread(last.Unread($"the identities of {planned[0].ResourceGroup}"));
            return [];
        }

        var prefixes = planned.Select(one => one.Name.LastIndexOf("-id-", StringComparison.Ordinal) is var at and > 0 ? one.Name[..(at + 4)] : one.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        List<(string, Guid)> left = [];
        foreach (var one in there)
        {
            if (one["id"]?.ToString() is not { } id || !ArmIds.IsOne(id) || planned.Any(known => string.Equals(known.Id, id, StringComparison.OrdinalIgnoreCase))
                || !prefixes.Any(prefix => ArmIds.NameOf(id).StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                continue;
            notes.Beyond(id, null, $"{ArmIds.NameOf(id)} is there, an identity of this deployment that the template does not make (any more)", $"az identity delete --ids {id}");
            if (PrincipalOf(one) is { } principal)
                left.Add((id, principal));
        }

        return left;
    }

    /// <summary>Whose tokens an identity is given for: whoever can make one acts as the identity, from anywhere.</summary>
    private async Task LookAtLendingAsync(ExpectedResource identity, CancellationToken ct)
    {
        var list = $"{identity.Id}/federatedIdentityCredentials";
        var (there, last) = await arm.ListAsync($"{list}?api-version={identity.ApiVersion}", $"listing the federated credentials of {identity.Name}", ct);
        // Without the identity there is no list, and that it is gone is said.
        if (there is null && !last.IsAbsent)
            notes.Unread(last.Unread(list));
        foreach (var one in there ?? [])
            if (one["id"]?.ToString() is { } id && ArmIds.IsOne(id) && !expected.Resources.Any(known => string.Equals(known.Id, id, StringComparison.OrdinalIgnoreCase)))
                notes.Beyond(id, null, $"{identity.Name} takes the word of {PropertyComparison.Shown(one["properties"]?["issuer"])} for {PropertyComparison.Shown(one["properties"]?["subject"])}, which the template does not let it", $"az identity federated-credential delete --resource-group {identity.ResourceGroup} --identity-name {identity.Name} --name {ArmIds.NameOf(id)}");
    }

    /// <summary>Those of the deployment, whatever may be read, and all others that may.</summary>
    private async Task<IReadOnlyCollection<string>> SubscriptionsAsync(CancellationToken ct)
    {
        var all = expected.Resources.Select(one => one.Subscription).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var (readable, last) = await arm.ListAsync($"/subscriptions?api-version={SubscriptionsVersion}", "listing the subscriptions", ct);
        if (readable is null)
            notes.Unread(last.Unread("the subscriptions that are not the deployment's, for roles of its identities there"));
        foreach (var one in readable ?? [])
            if (Guid.TryParse(one["subscriptionId"]?.ToString(), out var id))
                all.Add($"{id:D}");
        return all;
    }

    private async Task LookAsync(string identity, Guid principal, string subscription, CancellationToken ct)
    {
        var list = $"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments";
        var (all, last) = await arm.ListAsync($"{list}?api-version={Version}&$filter=principalId%20eq%20%27{principal:D}%27", $"listing the roles of {identity}", ct);
        if (all is null)
        {
            notes.Unread(last.Unread($"{list} of {identity}"));
            return;
        }

        foreach (var more in all.Where(one => one["id"] is JsonValue && !_given.Any(known => string.Equals(known.Id, one["id"]!.ToString(), StringComparison.OrdinalIgnoreCase))))
            await AddAsync(identity, more, ct);
    }

    private async Task AddAsync(string identity, JsonObject assignment, CancellationToken ct)
    {
        var id = assignment["id"]!.ToString();
        var role = assignment["properties"]?["roleDefinitionId"]?.ToString() ?? "";
        var name = role.Length > 0 && role.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '.' or '_') ? (await arm.GetAsync(role, Version, ct)).Body?["properties"]?["roleName"]?.ToString() : null;
        var scope = assignment["properties"]?["scope"]?.ToString() ?? id;
        notes.Beyond(id, null, $"{identity} has the role '{name ?? ArmIds.NameOf(role)}' at {ArmIds.Text(scope)}, which the template does not give", Remedies.TakeAway(id));
    }

    private static Guid? PrincipalOf(JsonObject? identity) => Guid.TryParse(identity?["properties"]?["principalId"]?.ToString(), out var id) ? id : null;
}
