using System.Globalization;
using System.Text.RegularExpressions;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// The two questions that a workspace is asked, in KQL. A vault's log lies in the table <c>AZKVAuditLogs</c> where its diagnostic setting says "resource specific", else in <c>AzureDiagnostics</c>, whose columns
/// are there only once some record had them; a union that is fuzzy takes those tables that there are.
/// </summary>
internal static partial class WorkspaceQuery
{
    /// <summary>Most rows of one page.</summary>
    public const int PageRows = 5_000;

    /// <summary>The column that pages are ordered by.</summary>
    public const string Time = "Time";

    private const string Claims = "http://schemas.microsoft.com/identity/claims";
    private const string OldClaims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
    private const string Columns = "Time:datetime, ResourceId:string, Operation:string, Result:string, Description:string, Status:int, Ip:string, Correlation:string, Id:string, Uri:string, Oid:string, App:string, User:string";

    /// <summary>How many rows each hour has: <c>Hour</c>, <c>Rows</c>; hours without any are left out. Throws <see cref="ExternalCallException"/> for what is no vault's name.</summary>
    public static string Hours(string vault, DateTimeOffset from, DateTimeOffset until) => $"{Union(vault, from, until)}\n| summarize Rows=count() by Hour=bin(Time, 1h)\n| order by Hour asc";

    /// <summary>The oldest <see cref="PageRows"/> rows of [from, until). Throws as <see cref="Hours"/>.</summary>
    public static string Page(string vault, DateTimeOffset from, DateTimeOffset until) => $"{Union(vault, from, until)}\n| top {PageRows} by Time asc";

    private static string Union(string vault, DateTimeOffset from, DateTimeOffset until)
    {
        // A name goes into the text of a query: nothing but a name may stand there.
        if (!VaultName().IsMatch(vault))
            throw new ExternalCallException("Not a vault's name: a workspace is not asked for it.", mayHaveHappened: false, transient: false, code: "NoVault");
        var window = $"| where TimeGenerated >= datetime({Instant(from)}) and TimeGenerated < datetime({Instant(until)})";
        return $"""
            union isfuzzy=true
            (datatable({Columns})[]),
            (AZKVAuditLogs
            {window}
            | where _ResourceId endswith "/providers/microsoft.keyvault/vaults/{vault}"
            | project Time=TimeGenerated, ResourceId=_ResourceId, Operation=OperationName, Result=ResultType, Description=ResultDescription, Status=toint(HttpStatusCode), Ip=CallerIpAddress, Correlation=CorrelationId, Id, Uri=RequestUri, Oid=coalesce(tostring(Identity.claim.oid), tostring(Identity.claim["{Claims}/objectidentifier"])), App=coalesce(tostring(Identity.claim.appid), tostring(Identity.claim.azp), tostring(Identity.claim["{Claims}/appid"])), User=coalesce(tostring(Identity.claim.upn), tostring(Identity.claim["{OldClaims}/upn"]), tostring(Identity.claim.unique_name), tostring(Identity.claim["{OldClaims}/name"]))),
            (AzureDiagnostics
            {window}
            | where ResourceProvider =~ "MICROSOFT.KEYVAULT" and ResourceType =~ "VAULTS" and Category == "AuditEvent" and Resource =~ "{vault}"
            | project Time=TimeGenerated, ResourceId, Operation=OperationName, Result=ResultType, Description=ResultDescription, Status=toint({Column("httpStatusCode_d", "real(null)")}), Ip={Column("CallerIPAddress")}, Correlation=CorrelationId, Id={Column("id_s")}, Uri={Column("requestUri_s")}, Oid={First("identity_claim_oid_g", "identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g")}, App={First("identity_claim_appid_g", "identity_claim_azp_g", "identity_claim_http_schemas_microsoft_com_identity_claims_appid_g")}, User={First("identity_claim_upn_s", "identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s", "identity_claim_unique_name_s", "identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_name_s")})
            """;
    }

    private static string First(params IEnumerable<string> names) => $"coalesce({string.Join(", ", names.Select(name => $"tostring({Column(name)})"))})";

    private static string Column(string name, string otherwise = "\"\"") => $"column_ifexists(\"{name}\", {otherwise})";

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[A-Za-z][0-9A-Za-z-]{1,22}[0-9A-Za-z]\z")]
    private static partial Regex VaultName();
}
