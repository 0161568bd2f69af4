using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Azure.PlatformLogs;
using Nhi.Azure.Rest;
using Nhi.Azure.Tests.Rotators;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.Tests.PlatformLogs;

/// <summary>A workspace as its REST interface answers, row by row chosen by others.</summary>
public sealed partial class WorkspaceLogTests
{
    private const string Workspace = "3f2a8c1d-5b7e-4a90-9c64-0e1d2b3a4c5d";
    private const string Resource = "/subscriptions/6e68692d-6c6f-4361-8c73-756273637269/resourcegroups/rg-apps/providers/microsoft.keyvault/vaults/kv1";
    private const string Reader = "2d0f5a3e-6c1b-4b7e-9a57-0d3b6f1c7a11";
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Columns = ["Time", "ResourceId", "Operation", "Result", "Description", "Status", "Ip", "Correlation", "Id", "Uri", "Oid", "App", "User"];
    private readonly List<JsonArray> _rows = [];
    private readonly List<string> _queries = [];
    private Func<HttpResponseMessage>? _instead;

    private WorkspaceLog Log()
    {
        var azure = new FakeAzure();
        azure.Serve("api.loganalytics.io", (request, body) =>
        {
            Assert.Equal(($"/v1/workspaces/{Workspace}/query", HttpMethod.Post), (request.RequestUri!.AbsolutePath, request.Method));
            var query = (string)JsonNode.Parse(body)!["query"]!;
            _queries.Add(query);
            return _instead?.Invoke() ?? FakeAzure.Json(HttpStatusCode.OK, Answer(query));
        });
        return new WorkspaceLog(Workspace, azure.Rest(), CloudHosts.Public);
    }

    private string Answer(string query)
    {
        var (from, until) = WindowOf(query);
        var rows = _rows.Where(row => Time(row) is var at && at >= from && at < until).OrderBy(Time).ToList();
        return query.Contains("summarize", StringComparison.Ordinal)
            ? Table(["Hour", "Rows"], rows.GroupBy(row => Time(row).ToString("yyyy-MM-dd'T'HH':00:00Z'", CultureInfo.InvariantCulture)).Select(hour => new JsonArray(hour.Key, hour.Count())))
            : Table(Columns, rows.Take(WorkspaceQuery.PageRows).Select(row => (JsonArray)row.DeepClone()));
    }

    private static string Table(string[] columns, IEnumerable<JsonArray> rows) => new JsonObject
    {
        ["tables"] = new JsonArray(new JsonObject { ["name"] = "PrimaryResult", ["columns"] = new JsonArray([.. columns.Select(name => new JsonObject { ["name"] = name, ["type"] = "string" })]), ["rows"] = new JsonArray([.. rows]) }),
    }.ToJsonString();

    private static DateTimeOffset Time(JsonArray row) => DateTimeOffset.Parse((string)row[0]!, CultureInfo.InvariantCulture);

    private static (DateTimeOffset From, DateTimeOffset Until) WindowOf(string query)
    {
        var windows = Window().Matches(query).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Distinct().ToList();
        var (from, until) = Assert.Single(windows);
        return (DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), DateTimeOffset.Parse(until, CultureInfo.InvariantCulture));
    }

    private static JsonArray Row(DateTimeOffset at, string operation = "SecretGet", int status = 200, string oid = Reader, string app = "", string user = "", string id = "https://kv1.vault.azure.net/secrets/app/11111111111111111111111111111111") =>
    [
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture), Resource, operation, status < 300 ? "Success" : "Failed", "", status, "20.1.2.3", "0f8fad5b-d9cb-469f-a165-70867728950e", id,
        "https://kv1.vault.azure.net/secrets/app?api-version=7.4", oid, app, user,
    ];

    private static async Task<List<LogLine>> LinesAsync(WorkspaceLog log, LogPart part, long offset = 0) => await log.LinesAsync(part, offset, default).ToListAsync();

    private static async Task<List<LogPart>> PartsAsync(WorkspaceLog log) => await log.PartsAsync("kv1.vault.azure.net", Eight, Eight.AddDays(1), default).ToListAsync();

    private async Task<AuditReading> ReadOneAsync(JsonArray row)
    {
        _rows.Add(row);
        var line = Assert.Single(await LinesAsync(Log(), new LogPart("kv1/2026030208", Eight, 1024)));
        return line.TooLong ? new AuditReading([], [AuditRejection.TooLarge]) : AuditEvents.Parse(line.Bytes, Eight.AddHours(1));
    }

    [Fact]
    public async Task A_part_is_an_hour_measured_by_its_rows_and_its_lines_are_those_of_the_archive()
    {
        _rows.AddRange([Row(Eight.AddHours(2)), Row(Eight.AddMinutes(59).AddTicks(1)), Row(Eight.AddMinutes(2), user: "ann@contoso.com"), Row(Eight.AddMinutes(-1)), Row(Eight.AddHours(25))]);
        var log = Log();
        var parts = await PartsAsync(log);
        Assert.Equal([(Eight, 2 * 1024L), (Eight.AddHours(2), 1024L)], parts.Select(part => (part.Hour, part.Size)));

        var lines = await LinesAsync(log, parts[0], offset: 1024);
        Assert.Equal([1024L, 2048L], lines.Select(line => line.Next));
        Assert.All(lines, line => Assert.True(line.Ended));
        var read = Assert.Single(AuditEvents.Parse(lines[0].Bytes, Eight.AddHours(1)).Events);
        Assert.Equal(
            new AuditEvent
            {
                Time = Eight.AddMinutes(2), Vault = "kv1", Subscription = "6e68692d-6c6f-4361-8c73-756273637269", Operation = "SecretGet", Result = AuditResult.Done, Credential = CredentialId.Of("kv1.vault.azure.net", "app"),
                Version = new string('1', 32), ObjectId = Reader, UserName = "ann@contoso.com", Ip = "20.1.2.3", Correlation = "0f8fad5b-d9cb-469f-a165-70867728950e",
            },
            read);
        Assert.Equal(Eight.AddMinutes(59).AddTicks(1), Assert.Single(AuditEvents.Parse(lines[1].Bytes, Eight.AddHours(1)).Events).Time);
    }

    [Fact]
    public async Task Both_tables_are_asked_for_one_vault_and_one_window_and_a_name_that_is_none_asks_nobody()
    {
        var log = Log();
        await PartsAsync(log);
        var query = Assert.Single(_queries);
        Assert.StartsWith("union isfuzzy=true", query, StringComparison.Ordinal);
        Assert.Contains("AZKVAuditLogs", query, StringComparison.Ordinal);
        Assert.Contains("_ResourceId endswith \"/providers/microsoft.keyvault/vaults/kv1\"", query, StringComparison.Ordinal);
        Assert.Contains("AzureDiagnostics", query, StringComparison.Ordinal);
        Assert.Contains("Resource =~ \"kv1\"", query, StringComparison.Ordinal);
        Assert.Equal((Eight, Eight.AddHours(25)), WindowOf(query));

        await Assert.ThrowsAsync<ExternalCallException>(async () => await log.PartsAsync("kv1\" or 1 == 1 //.vault.azure.net", Eight, Eight, default).ToListAsync());
        await Assert.ThrowsAsync<ExternalCallException>(() => LinesAsync(log, new LogPart("kv1\"/2026030208", Eight, 1024)));
        Assert.Single(_queries);
    }

    [Fact]
    public async Task An_hour_of_many_rows_comes_page_by_page_over_windows_that_join_and_no_row_twice()
    {
        // Two at each instant, so that a page ends between two of one.
        const int count = (2 * WorkspaceQuery.PageRows) + 701;
        for (var i = 0; i < count; i++)
            _rows.Add(Row(Eight.AddSeconds(i / 2 * 0.5), app: new Guid(i, 0, 0, new byte[8]).ToString()));
        var log = Log();
        var part = Assert.Single(await PartsAsync(log));
        var lines = await LinesAsync(log, part);

        Assert.Equal(part.Size, lines[^1].Next);
        Assert.Equal(count, lines.Select(line => Assert.Single(AuditEvents.Parse(line.Bytes, Eight.AddHours(1)).Events).AppId).Distinct().Count());
        var windows = _queries.Skip(1).Select(WindowOf).ToList();
        Assert.Equal(3, windows.Count);
        Assert.All(windows, window => Assert.Equal(Eight.AddHours(1), window.Until));
        Assert.True(windows[0].From == Eight && windows[0].From < windows[1].From && windows[1].From < windows[2].From);
    }

    [Fact]
    public async Task More_rows_at_one_instant_than_a_page_holds_are_no_answer()
    {
        for (var i = 0; i <= WorkspaceQuery.PageRows; i++)
            _rows.Add(Row(Eight));
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => LinesAsync(Log(), new LogPart("kv1/2026030208", Eight, 1024)));
        Assert.Equal("TooDense", failure.Code);
    }

    [Theory]
    [InlineData(200, """{"tables":[{"name":"PrimaryResult","columns":[{"name":"Time","type":"datetime"}],"rows":[]}],"error":{"code":"PartialError","message":"There were some errors when processing your query."}}""", "Partial")]
    [InlineData(200, """{"tables":[]}""", "Partial")]
    [InlineData(200, """{"tables":[{"name":"PrimaryResult","columns":[{"name":"Time"}],"rows":[["2026-03-02T08:00:00Z","more"]]}]}""", "UnknownShape")]
    [InlineData(200, """{"tables":[{"name":"PrimaryResult","columns":[{"name":"Time"},{"name":"Time"}],"rows":[]}]}""", "UnknownShape")]
    [InlineData(200, "<html>", "UnknownShape")]
    [InlineData(400, """{"error":{"code":"BadArgumentError","message":"no such table"}}""", "BadArgumentError")]
    public async Task An_answer_that_is_not_whole_or_of_another_shape_is_no_answer(int status, string body, string code)
    {
        _instead = () => FakeAzure.Json((HttpStatusCode)status, body);
        Assert.Equal(code, (await Assert.ThrowsAsync<ExternalCallException>(() => PartsAsync(Log()))).Code);
    }

    [Fact]
    public async Task Who_may_not_ask_is_told_which_role_is_missing()
    {
        _instead = () => FakeAzure.Error(HttpStatusCode.Forbidden, "InsufficientAccessError", "no");
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => PartsAsync(Log()));
        Assert.Contains("Log Analytics Data Reader", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.Transient);
    }

    [Fact]
    public async Task A_read_whose_row_names_nobody_is_a_read_and_an_application_names_somebody()
    {
        Assert.Null(Assert.Single((await ReadOneAsync(Row(Eight, oid: ""))).Events).Principal);
        _rows.Clear();
        Assert.Equal(Reader, Assert.Single((await ReadOneAsync(Row(Eight, oid: "", app: Reader))).Events).Principal);
    }

    [Fact]
    public async Task A_name_that_is_none_is_as_long_as_it_is_and_a_row_of_another_vault_or_of_no_shape_says_nothing()
    {
        var hostile = Assert.Single((await ReadOneAsync(Row(Eight, user: "ann\"},\"properties\":{\"id\":\"x\n"))).Events);
        Assert.StartsWith("[refused, ", hostile.UserName, StringComparison.Ordinal);
        Assert.Equal(CredentialId.Of("kv1.vault.azure.net", "app"), hostile.Credential);
        _rows.Clear();
        Assert.Equal([AuditRejection.Contradiction], (await ReadOneAsync(Row(Eight, id: "https://kv2.vault.azure.net/secrets/app"))).Rejected);
        _rows.Clear();
        Assert.Equal([AuditRejection.NotAnEvent], (await ReadOneAsync(Row(Eight, operation: "Secret Get; drop"))).Rejected);
        _rows.Clear();
        Assert.Equal([AuditRejection.TooLarge], (await ReadOneAsync(Row(Eight, user: new string('x', AuditEvents.LongestLine)))).Rejected);
        _rows.Clear();
        var numbers = Row(Eight);
        numbers[2] = 7;
        Assert.Equal([AuditRejection.NotAnEvent], (await ReadOneAsync(numbers)).Rejected);
    }

    [Theory, InlineData("AzureUSGovernment", "api.loganalytics.us"), InlineData("AzureChinaCloud", "api.loganalytics.azure.cn"), InlineData("AzureCloud", "api.loganalytics.io")]
    public void Each_cloud_has_its_own_host(string cloud, string host) => Assert.Equal(host, CloudHosts.Of(cloud).LogAnalytics);

    [GeneratedRegex(@"TimeGenerated >= datetime\(([^)]+)\) and TimeGenerated < datetime\(([^)]+)\)")]
    private static partial Regex Window();
}
