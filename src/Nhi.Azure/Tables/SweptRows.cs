using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tables;

/// <summary>Swept credentials and resources as rows.</summary>
internal static class SweptRows
{
    public static TableEntity Entity(string partition, SweptCredential credential)
    {
        var row = new TableEntity(partition, credential.Id.Name)
        {
            ["Credential"] = credential.Id.ToString(),
            ["Environment"] = credential.Environment,
            ["OlderVersions"] = (long)credential.OlderVersions,
            ["VersionsSeen"] = credential.VersionsSeen,
            ["Kind"] = credential.Kind,
            ["Resource"] = credential.Resource?.Value,
            ["FirstSeen"] = credential.FirstSeen,
            ["Gone"] = credential.Gone,
            ["Fingerprint"] = credential.Fingerprint,
            ["FingerprintOf"] = credential.FingerprintOf,
            ["Verified"] = credential.Verified?.ToString(),
            ["VerifiedAt"] = credential.VerifiedAt,
            ["VerifiedOf"] = credential.VerifiedOf,
            ["Stamp"] = credential.Stamp,
            ["Workload"] = credential.Workload?.Name,
            ["WorkloadState"] = credential.Workload?.State.ToString(),
            ["WorkloadAt"] = credential.Workload?.At,
        };
        row.SetJson("Newest", VersionColumn.Of(credential.Newest), TableJson.Default.VersionColumn);
        if (credential.Versions.Count > 0)
            row.SetJson("Versions", [.. credential.Versions.Select(VersionColumn.Of)], TableJson.Default.IReadOnlyListVersionColumn);
        if (credential.Tried.Count > 0)
            row.SetJson("Tried", credential.Tried, TableJson.Default.IReadOnlyListTriedVersion);
        return row;
    }

    public static SweptCredential Credential(TableEntity row) => new()
    {
        Id = CredentialId.TryParse(row.MaybeText("Credential"), out var id) ? id : throw TableRows.Broken(row, "Credential"),
        Environment = row.Text("Environment"),
        Newest = row.GetJson("Newest", TableJson.Default.VersionColumn)?.ToVersion() ?? throw TableRows.Broken(row, "Newest"),
        Versions = [.. (row.GetJson("Versions", TableJson.Default.IReadOnlyListVersionColumn) ?? []).Select(version => version.ToVersion())],
        OlderVersions = (int)row.Number("OlderVersions"),
        VersionsSeen = row.Instant("VersionsSeen"),
        Kind = row.MaybeText("Kind"),
        Resource = row.MaybeText("Resource") is { } resource ? new ResourceId(resource) : null,
        FirstSeen = row.Instant("FirstSeen") ?? throw TableRows.Broken(row, "FirstSeen"),
        Gone = row.Instant("Gone"),
        Fingerprint = row.MaybeText("Fingerprint"),
        FingerprintOf = row.MaybeText("FingerprintOf"),
        Verified = Enum.TryParse<Verification>(row.MaybeText("Verified"), out var verified) ? verified : null,
        VerifiedAt = row.Instant("VerifiedAt"),
        VerifiedOf = row.MaybeText("VerifiedOf"),
        Tried = row.GetJson("Tried", TableJson.Default.IReadOnlyListTriedVersion) ?? [],
        Stamp = row.MaybeText("Stamp"),
        Workload = row.MaybeText("Workload") is { } workload && row.Instant("WorkloadAt") is { } at && Enum.TryParse<PrincipalState>(row.MaybeText("WorkloadState"), out var state) ? new SeenWorkload(workload, state, at) : null,
    };

    public static TableEntity Entity(string partition, SweptResource resource)
    {
        var row = new TableEntity(partition, resource.Id.Key)
        {
            ["Resource"] = resource.Id.Value,
            ["Kind"] = resource.Kind,
            ["SeenAt"] = resource.SeenAt,
            ["Exists"] = resource.Exists,
            ["RolesAt"] = resource.RolesAt,
        };
        if (resource.Roles is { } roles)
            row.SetJson("Roles", roles, TableJson.Default.IdentityRoles);
        row.SetJson("Credentials", resource.Credentials, TableJson.Default.IReadOnlyListProviderCredential);
        return row;
    }

    public static SweptResource Resource(TableEntity row) => new()
    {
        Id = new ResourceId(row.Text("Resource")),
        Kind = row.Text("Kind"),
        SeenAt = row.Instant("SeenAt") ?? throw TableRows.Broken(row, "SeenAt"),
        Exists = row.TryGetValue("Exists", out var exists) ? exists as bool? : null,
        Credentials = row.GetJson("Credentials", TableJson.Default.IReadOnlyListProviderCredential) ?? [],
        Roles = row.GetJson("Roles", TableJson.Default.IdentityRoles),
        RolesAt = row.Instant("RolesAt"),
    };

    /// <summary>Whether writing <paramref name="next"/> in place of <paramref name="known"/> would change a column.</summary>
    public static bool SaysTheSame(TableEntity known, TableEntity next) =>
        Columns(known).SetEquals(Columns(next));

    private static HashSet<KeyValuePair<string, object?>> Columns(TableEntity row) =>
        [.. row.Where(column => column.Value is not null && column.Key is not ("odata.etag" or "Timestamp" or "PartitionKey" or "RowKey") && !column.Key.EndsWith("@odata.type", StringComparison.Ordinal)).Select(column => KeyValuePair.Create(column.Key, (object?)column.Value))];
}

/// <summary>A version in a column: what is usual is left out.</summary>
internal sealed record VersionColumn
{
    public string? Version { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Off { get; init; }
    public long Created { get; init; }
    public long Updated { get; init; }
    public long? Expires { get; init; }
    public long? NotBefore { get; init; }
    public string? ContentType { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Managed { get; init; }
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public static VersionColumn Of(CredentialVersion version) => new()
    {
        Version = version.Version.Length > 0 ? version.Version : null,
        Off = !version.Enabled,
        Created = version.Created.ToUnixTimeSeconds(),
        Updated = version.Updated.ToUnixTimeSeconds(),
        Expires = version.Expires?.ToUnixTimeSeconds(),
        NotBefore = version.NotBefore?.ToUnixTimeSeconds(),
        ContentType = version.ContentType,
        Managed = version.Managed,
        Tags = version.Tags.Count > 0 ? version.Tags : null,
    };

    public CredentialVersion ToVersion() => new()
    {
        Version = Version ?? "",
        Enabled = !Off,
        Created = DateTimeOffset.FromUnixTimeSeconds(Created),
        Updated = DateTimeOffset.FromUnixTimeSeconds(Updated),
        Expires = At(Expires),
        NotBefore = At(NotBefore),
        ContentType = ContentType,
        Managed = Managed,
        Tags = Tags ?? new Dictionary<string, string>(),
    };

    private static DateTimeOffset? At(long? seconds) => seconds is { } given ? DateTimeOffset.FromUnixTimeSeconds(given) : null;
}
