using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Findings</c>: partition the hash of the subject, row the hash of signal and subject.</summary>
public sealed class FindingsTable(StateTables tables) : IFindings
{
    private TableClient Table => tables.Table(StateTables.Findings, TableAccess.Watcher);

    public async Task<IReadOnlyList<Finding>> OfAsync(string subject, CancellationToken ct)
    {
        List<Finding> open = [];
        await foreach (var (row, _) in Table.QueryRowsAsync($"PartitionKey eq '{CrockfordBase32.OfSha256(subject)}' and Open eq true", ct))
            open.Add(Read(row));
        return open;
    }

    public async IAsyncEnumerable<Finding> ListAsync(bool resolved, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Table.QueryRowsAsync(resolved ? null : "Open eq true", ct))
            yield return Read(row);
    }

    public Task WriteAsync(Finding finding, CancellationToken ct)
    {
        var row = new TableEntity(CrockfordBase32.OfSha256(finding.Subject), finding.Key)
        {
            ["Signal"] = finding.Signal,
            ["Subject"] = finding.Subject,
            ["Credential"] = finding.Credential?.ToString(),
            ["Resource"] = finding.Resource?.Value,
            ["Kind"] = finding.Kind,
            ["Owner"] = finding.Owner,
            ["Severity"] = finding.Severity,
            ["Score"] = (long)finding.Score,
            ["Remedy"] = finding.Remedy,
            ["FirstSeen"] = finding.FirstSeen,
            ["Resolved"] = finding.Resolved,
            ["Open"] = finding.Resolved is null,
            ["Record"] = finding.Record,
        };
        row.SetJson("Facts", finding.Facts, TableJson.Default.IReadOnlyListString);
        return Table.UpsertAsync(row, ct);
    }

    private static Finding Read(TableEntity row) => new()
    {
        Signal = row.Text("Signal"),
        Subject = row.Text("Subject"),
        Credential = CredentialId.TryParse(row.MaybeText("Credential"), out var credential) ? credential : null,
        Resource = row.MaybeText("Resource") is { } resource ? new ResourceId(resource) : null,
        Kind = row.MaybeText("Kind"),
        Owner = row.MaybeText("Owner"),
        Severity = row.Text("Severity"),
        Score = (int)row.Number("Score"),
        Facts = row.GetJson("Facts", TableJson.Default.IReadOnlyListString) ?? [],
        Remedy = row.Text("Remedy"),
        FirstSeen = row.Instant("FirstSeen") ?? throw TableRows.Broken(row, "FirstSeen"),
        Resolved = row.Instant("Resolved"),
        Record = row.MaybeText("Record"),
    };
}
