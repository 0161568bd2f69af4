using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// The vaults' log as a Log Analytics workspace holds it, asked by the watcher, who may read the two tables of it. A part is an hour and is measured by its rows: a row that comes late lies anywhere in its hour,
/// so an hour that grew is read again from its beginning, page by page, each page going on at the instant at which the one before ended. What is read twice counts once.
/// The tables have to be of the plan Analytics: others answer no such query. <paramref name="workspace"/>: its id, a GUID.
/// </summary>
public sealed class WorkspaceLog(string workspace, AzureRest rest, CloudHosts hosts) : IPlatformLog
{
    /// <summary>What a row counts for in the size of its part, bytes: about what its line has in the archive.</summary>
    private const long RowSize = 1024;

    /// <summary>Bytes of one page.</summary>
    private const int LongestPage = 64 * 1024 * 1024;

    public string Name => "workspace";

    /// <summary>Azure says that most logs come within 3 to 10 minutes of a call; a workspace's ingestion is a few minutes on top of it.</summary>
    public TimeSpan Lag => TimeSpan.FromMinutes(15);

    public async IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var vault = vaultHost.Split('.')[0];
        foreach (var row in await AskAsync(WorkspaceQuery.Hours(vault, from, to.AddHours(1)), $"Asking the workspace {workspace} for the hours of the log of {vault}", ct))
            if (row.Instant("Hour") is { } hour && row.Count("Rows") is { } rows && hour >= from && hour <= to)
                yield return new LogPart($"{vault}/{hour.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture)}", hour, rows * RowSize);
    }

    public async IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, [EnumeratorCancellation] CancellationToken ct)
    {
        var vault = part.Name.Split('/')[0];
        var (from, until) = (part.Hour, part.Hour.AddHours(1));
        var next = 0L;
        while (true)
        {
            var rows = await AskAsync(WorkspaceQuery.Page(vault, from, until), $"Asking the workspace {workspace} for the log of {vault} in the hour {part.Hour:yyyy-MM-dd'T'HH'Z'}", ct);
            var last = rows.Count < WorkspaceQuery.PageRows ? null : rows[^1].Instant(WorkspaceQuery.Time);
            // The rows of the last instant may go on behind the end of the page.
            foreach (var row in rows.Where(row => last is null || row.Instant(WorkspaceQuery.Time) != last))
            {
                var line = row.ToLine();
                next += RowSize;
                yield return new LogLine(line.Length > AuditEvents.LongestLine ? default : line, next, Ended: true, TooLong: line.Length > AuditEvents.LongestLine);
            }

            if (last is null)
                yield break;
            if (last <= from)
                throw new ExternalCallException($"The log of {vault} in the workspace {workspace} has more than {WorkspaceQuery.PageRows} calls at one instant.", mayHaveHappened: false, transient: false, code: "TooDense");
            from = last.Value;
        }
    }

    private async Task<IReadOnlyList<WorkspaceRow>> AskAsync(string query, string what, CancellationToken ct)
    {
        var call = new RestCall("", hosts.LogAnalytics, RequestMethod.Post, $"/v1/workspaces/{workspace}/query", what)
        {
            AsWatcher = true,
            LongestAnswer = LongestPage,
            Body = JsonSerializer.SerializeToUtf8Bytes(new WorkspaceQuestion(query), WorkspaceJson.Default.WorkspaceQuestion),
        };
        var answer = await rest.TryReadAsync(call, ct);
        if (answer.Status is 401 or 403)
            throw new ExternalCallException($"{what}: HTTP {answer.Status}. Give the watcher's identity the role 'Log Analytics Data Reader' on the workspace, or what infra/modules/audit-reading.bicep gives; or leave Nhi__AuditWorkspace out.", mayHaveHappened: false, transient: false, code: "Forbidden");
        var read = answer.OrThrow().As(WorkspaceJson.Default.WorkspaceAnswer);
        // Azure Monitor says 200 also where an answer was cut short.
        if (read.Error is not null || read.Tables is not [var table, ..])
            throw new ExternalCallException($"{what}: the answer is not whole.", mayHaveHappened: false, transient: true, code: "Partial");
        return WorkspaceRow.Of(table);
    }
}

/// <summary>What is asked; its window stands in the query itself.</summary>
internal sealed record WorkspaceQuestion(string Query);
