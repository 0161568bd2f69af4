using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>Something about a vault that a person should know before it is governed. <paramref name="Stops"/>: the deployment, or the product after it, would fail.</summary>
public sealed record VaultFinding(bool Stops, string What, string Remedy);

/// <summary>What Azure knows of a vault that is to be governed, by reads alone: what the template cannot see, and would fail at.</summary>
/// <param name="Entry">With region and topic as Azure has them.</param>
/// <param name="Findings">Those that stop first.</param>
public sealed record VaultChecks(VaultEntry Entry, IReadOnlyList<VaultFinding> Findings)
{
    private const string VaultVersion = "2026-02-01";
    private const string TopicVersion = "2025-02-15";
    private const string DiagnosticsVersion = "2021-05-01-preview";
    private const string AccountVersion = "2025-06-01";

    /// <summary>Azure's own limit.</summary>
    private const int MostDiagnosticSettings = 5;

    /// <param name="entry">As a person named it.</param>
    /// <param name="region">Of the deployment; null: not said.</param>
    /// <param name="prefix">namePrefix of the deployment.</param>
    /// <param name="arm">Who looks.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task<VaultChecks> LookAsync(VaultEntry entry, string? region, string prefix, DeploymentReads arm, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(arm);
        List<VaultFinding> findings = [];
        var answer = await arm.GetAsync(entry.Id, VaultVersion, ct);
        if (answer.Body is not { } vault)
        {
            findings.Add(answer.IsAbsent
                ? new(true, $"the vault {entry.Name} is not there, or you may not see it", "Check the id: az keyvault show --name NAME --query id.")
                : Unseen($"the vault {entry.Name}", answer));
            return new VaultChecks(entry, findings);
        }

        var there = entry with { Location = entry.Location ?? Word(Text(vault, "location")?.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant()) };
        LookAtVault(there, vault, findings);
        there = await LookAtTopicsAsync(there, prefix, arm, findings, ct);
        await LookAtDiagnosticsAsync(there, arm, findings, ct);
        await LookAtAuditAsync(there, region, arm, findings, ct);
        return new VaultChecks(there, [.. findings.OrderByDescending(one => one.Stops)]);
    }

    private static void LookAtVault(VaultEntry entry, JsonObject vault, List<VaultFinding> findings)
    {
        var properties = vault["properties"] as JsonObject ?? [];
        if (Text(vault["tags"], "product") == "NhiFunctions")
            findings.Add(new(true, $"{entry.Name} is the product's own: it never governs what it lives on", "Name another vault."));
        if (Text(properties, "enableRbacAuthorization") != "true")
            findings.Add(new(true, $"{entry.Name} takes access policies, not Azure's rights: no role would have an effect", $"Give those who use it their roles, then: az keyvault update --ids {entry.Id} --enable-rbac-authorization true"));
        // Not shown means on: Azure makes no vault without it any more.
        if (Text(properties, "enableSoftDelete") == "false")
            findings.Add(new(true, $"{entry.Name} has no soft delete: what is deleted is gone", $"az keyvault update --ids {entry.Id} --enable-soft-delete true"));
        if (Text(properties, "enablePurgeProtection") != "true")
            findings.Add(new(false, $"{entry.Name} has no purge protection: who may purge can end a secret for good", $"az keyvault update --ids {entry.Id} --enable-purge-protection true   # cannot be undone"));
        if (string.Equals(Text(properties, "publicNetworkAccess"), "Disabled", StringComparison.OrdinalIgnoreCase) || string.Equals(Text(properties["networkAcls"], "defaultAction"), "Deny", StringComparison.OrdinalIgnoreCase))
            findings.Add(new(false, $"{entry.Name} is closed to public networks: the app reaches it by a private endpoint only", "Deploy with NHI_NETWORK or an existing network (infra/README.md, Network), which makes the endpoint."));
    }

    private static async Task<VaultEntry> LookAtTopicsAsync(VaultEntry entry, string prefix, DeploymentReads arm, List<VaultFinding> findings, CancellationToken ct)
    {
        var (topics, last) = await arm.ListAsync($"/subscriptions/{entry.Id.Split('/')[2]}/providers/Microsoft.EventGrid/systemTopics?api-version={TopicVersion}", "listing the system topics of the subscription", ct);
        if (topics is null)
        {
            findings.Add(Unseen("the system topics of the subscription", last));
            return entry;
        }

        if (topics.FirstOrDefault(one => string.Equals(Text(one["properties"], "source"), entry.Id, StringComparison.OrdinalIgnoreCase)) is not { } topic || Word(Text(topic, "name")) is not { } name)
            return entry;
        if (Text(topic, "id") is { } id && ArmIds.IsOne(id) && !string.Equals(id.Split('/')[4], entry.Id.Split('/')[4], StringComparison.OrdinalIgnoreCase))
            findings.Add(new(true, $"{entry.Name} has the system topic {name} in another resource group, {id.Split('/')[4]}; a second is refused, and the template makes it beside the vault", $"Move or delete it: az eventgrid system-topic delete --ids {id}   # ends its subscriptions"));
        if (entry.TopicName is { } said && !string.Equals(said, name, StringComparison.OrdinalIgnoreCase))
            findings.Add(new(true, $"{entry.Name} has the system topic {name}, not {said}; a vault has one", $"--topic {name}, or leave it out."));
        // Ours from a deployment before needs no name.
        return name == $"{prefix}-{entry.Name}" ? entry : entry with { TopicName = name };
    }

    private static async Task LookAtDiagnosticsAsync(VaultEntry entry, DeploymentReads arm, List<VaultFinding> findings, CancellationToken ct)
    {
        var (all, last) = await arm.ListAsync($"{entry.Id}/providers/Microsoft.Insights/diagnosticSettings?api-version={DiagnosticsVersion}", $"listing the diagnostic settings of {entry.Name}", ct);
        if (all is null)
            findings.Add(Unseen($"the diagnostic settings of {entry.Name}", last));
        else if (all.Count >= MostDiagnosticSettings)
            findings.Add(new(true, $"{entry.Name} has {all.Count} diagnostic settings; Azure takes {MostDiagnosticSettings}", $"Delete one: az monitor diagnostic-settings list --resource {entry.Id}"));
    }

    /// <summary>Azure writes an audit log within a region only, and Event Grid wants the topic in the vault's.</summary>
    private static async Task LookAtAuditAsync(VaultEntry entry, string? region, DeploymentReads arm, List<VaultFinding> findings, CancellationToken ct)
    {
        if (entry.AuditAccountId is null)
        {
            if (region is not null && entry.Location is not null && !IsSame(region, entry.Location))
                findings.Add(new(true, $"{entry.Name} is in {entry.Location}, the deployment in {region}: Azure writes its audit log within a region only", "--audit-account with the id of a storage account in the vault's region."));
            return;
        }

        var answer = await arm.GetAsync(entry.AuditAccountId, AccountVersion, ct);
        if (answer.Body is not { } account)
            findings.Add(answer.IsAbsent ? new(true, $"the storage account {ArmIds.NameOf(entry.AuditAccountId)} is not there, or you may not see it", "Check the id after --audit-account.") : Unseen($"the storage account {ArmIds.NameOf(entry.AuditAccountId)}", answer));
        else if (Text(account, "location") is { } where && entry.Location is not null && !IsSame(where, entry.Location))
            findings.Add(new(true, $"the storage account {ArmIds.NameOf(entry.AuditAccountId)} is in {where}, the vault in {entry.Location}: Azure writes its audit log within a region only", "--audit-account with the id of a storage account in the vault's region."));
    }

    /// <summary>What goes into a file is a word, whoever answered.</summary>
    private static string? Word(string? text) => text?.Length is > 0 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? text : null;

    private static bool IsSame(string one, string other) => string.Equals(one.Replace(" ", "", StringComparison.Ordinal), other.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static VaultFinding Unseen(string what, ArmAnswer answer) => new(false, $"nobody looked at {what}: {answer.Why}", answer.Unread(what).Remedy);

    private static string? Text(JsonNode? node, string name) => PropertyComparison.Member(node, name)?.ToString();
}
