using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tables;

/// <summary>
/// The table <c>EvidencePending</c>: partition the first character of the attempt's name, row <c>{op}:{stage}</c>. The only table whose rows are deleted.
/// Throws <see cref="EvidenceStoreException"/> when it cannot answer.
/// </summary>
public sealed class EvidencePendingTable(StateTables tables) : IPendingRecords
{
    private TableClient Adds => tables.Table(StateTables.EvidencePending, TableAccess.Writer);

    private TableClient Work => tables.Table(StateTables.EvidencePending, TableAccess.Sequencer);

    public async Task AddAsync(string op, string stage, string path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(op);
        try
        {
            await Adds.UpsertAsync(new TableEntity(op[..1], $"{op}:{stage}") { ["Op"] = op, ["Stage"] = stage, ["Path"] = path }, ct);
        }
        catch (ExternalCallException e)
        {
            throw new EvidenceStoreException(e.Message);
        }
    }

    public async IAsyncEnumerable<PendingRecord> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var rows = Work.QueryRowsAsync(null, ct).GetAsyncEnumerator(ct);
        while (await NextAsync(rows))
        {
            var row = rows.Current.Row;
            // Untrusted: a row that is none of ours is no hint.
            if (row.MaybeText("Op") is { Length: > 0 } op && row.MaybeText("Stage") is { } stage && row.MaybeText("Path") is { } path)
                yield return new PendingRecord(op, stage, path);
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(TableEntity, Response)> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (ExternalCallException e)
        {
            throw new EvidenceStoreException(e.Message);
        }
    }

    public async Task RemoveAsync(PendingRecord pending, CancellationToken ct)
    {
        try
        {
            await Work.DeleteEntityAsync(pending.Op[..1], $"{pending.Op}:{pending.Stage}", ETag.All, ct);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Another sequencer was faster.
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new EvidenceStoreException(new ExternalCall($"drop the row {pending.Op}:{pending.Stage} of the table {StateTables.EvidencePending}", Changes: true).Classify(e).Message);
        }
    }
}
