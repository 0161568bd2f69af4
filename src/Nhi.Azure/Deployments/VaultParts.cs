namespace Nhi.Azure.Deployments;

/// <summary>What the template makes for one governed vault. A test compares it with what the compiler predicts.</summary>
/// <param name="Type">ARM type.</param>
/// <param name="What">For a person.</param>
/// <param name="When">Null: always; else the parameter that it needs.</param>
public sealed record VaultPart(string Type, string What, string? When)
{
    /// <summary>What there will be for it, in the order of the deployment.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="prefix">namePrefix of the deployment.</param>
    public static IReadOnlyList<VaultPart> Of(VaultEntry vault, string prefix)
    {
        ArgumentNullException.ThrowIfNull(vault);
        var topic = vault.TopicName ?? $"{prefix}-{vault.Name}";
        const string Assignment = "Microsoft.Authorization/roleAssignments";
        return
        [
            new("Microsoft.Authorization/roleDefinitions", $"roles 'vault watcher', 'vault rotator' and 'vault cleaner' in the resource group {vault.Id.Split('/')[4]}, once for all of its vaults", null),
            new(Assignment, $"{prefix}-id-watcher may list secrets and their tags; no values", null),
            new(Assignment, $"{prefix}-id-rotator-{vault.Environment.ToLowerInvariant()} may read, set and disable secrets; delete none", "stage = enforce"),
            new(Assignment, $"{prefix}-id-cleanup may delete secrets, recoverably", "cleanup = true, stage = enforce"),
            new("Microsoft.Insights/diagnosticSettings", $"AuditEvent to the workspace and to {(vault.AuditAccountId is { } account ? ArmIds.NameOf(account) : "the state account")}", null),
            new("Microsoft.EventGrid/systemTopics", vault.TopicName is null ? $"system topic {topic}" : $"system topic {topic}, which is there: it gets an identity of its own", null),
            new("Microsoft.Insights/metricAlerts", $"alert {topic}-dead-letters", null),
            new(Assignment, $"the topic {topic} may write to the container of dead letters", null),
            new("Microsoft.EventGrid/systemTopics/eventSubscriptions", $"subscription {prefix}-secrets: creation, near expiry and expiry of secrets, to the function OnSecretEvent (by infra/subscriptions.bicep, after it)", null),
            new("Microsoft.Network/privateEndpoints", $"private endpoint {prefix}-pe-{vault.Name}-vault, and its DNS name", "network"),
            new("Microsoft.Web/sites/config", "two settings of the app: Nhi__Vaults__n__Uri and Nhi__Vaults__n__Environment", null),
        ];
    }
}
