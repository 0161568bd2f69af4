using System.Text;
using System.Text.Json;
using Nhi.Azure.Evidence;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi evidence ls</c> and <c>show</c>: the containers themselves; by credential, owner, session or action, the index.</summary>
internal sealed class EvidenceReading(EvidenceAccounts accounts, IEvidenceLog log, IEvidenceIndex index, TimeProvider clock)
{
    /// <summary>The records of a day, UTC; today's when it is null.</summary>
    public Task<Answer> ListDayAsync(DateTimeOffset? day, CancellationToken ct) => ListAsync(RecordPath.DayFolder(day ?? clock.GetUtcNow()), ct);

    /// <summary>The records of an hour, UTC.</summary>
    public Task<Answer> ListHourAsync(DateTimeOffset hour, CancellationToken ct) => ListAsync(RecordPath.HourFolder(hour), ct);

    /// <summary>The records of a credential, newest first, as the index has them: what was written in the last minutes may not be among them.</summary>
    public async Task<Answer> ListAsync(CredentialId id, CancellationToken ct) => Of(id.ToString(), await index.OfCredentialAsync(id.ToString(), ct).ToListAsync(ct));

    /// <summary>The records that name an owner, as <see cref="ListAsync(CredentialId, CancellationToken)"/> does.</summary>
    public async Task<Answer> ListOwnerAsync(string owner, CancellationToken ct) => Of(owner, await index.OfOwnerAsync(owner, ct).ToListAsync(ct));

    /// <summary>The steps of a session.</summary>
    public async Task<Answer> ListSessionAsync(string session, CancellationToken ct) => Of(session, await index.OfSessionAsync(session, ct).ToListAsync(ct));

    /// <summary>The records of an action in a month, UTC; this one when it is null.</summary>
    public async Task<Answer> ListActionAsync(string action, DateTimeOffset? month, CancellationToken ct) => Of(action, await index.OfActionAsync(action, month ?? clock.GetUtcNow(), ct));

    private static Answer Of(string asked, IReadOnlyList<IndexRow> rows)
    {
        var shape = new IndexedShape(asked, [.. rows.Select(row => new IndexedRecordShape(row.Path, row.Sha256, row.Index, row.Action, row.Stage, row.Time, row.Summary))]);
        return new Answer(shape, [Block.Lines(rows.Select(row => row.Path).DefaultIfEmpty($"the index knows no record of {asked}"))]);
    }

    private async Task<Answer> ListAsync(string folder, CancellationToken ct)
    {
        List<(string Log, ListedBlob Blob)> found = [];
        foreach (var store in await StoresAsync(ct))
            await foreach (var blob in store.ListAsync(folder, ct))
                found.Add((store.Origin, blob));
        var shape = new FolderShape(folder, [.. found.Select(one => new BlobShape(one.Log, one.Blob.Path, one.Blob.Size, one.Blob.Created))]);
        return new Answer(shape, [Block.Lines(found.Select(one => one.Blob.Path).DefaultIfEmpty($"no record below {folder}"))]);
    }

    /// <summary>The record's stored bytes. Exit 1 when what is there is not authentic.</summary>
    public async Task<Answer> ShowAsync(string path, CancellationToken ct)
    {
        if (!RecordPath.IsListable(path))
            throw new CliFailure("That is no record's name. It reads records/yyyy/MM/dd/HH/….json; nhi evidence ls lists them.");
        foreach (var store in await StoresAsync(ct))
            if (await store.ReadAsync(path, RecordLimits.Bytes, ct) is { Truncated: false } blob && await log.ReadAsync(path, ct) is { } read)
            {
                var text = Encoding.UTF8.GetString(blob.Bytes.Span);
                using var document = JsonDocument.Parse(text);
                var shape = new RecordShape(store.Origin, path, read.Sha256, Authentic: true, document.RootElement.Clone());
                return new Answer(shape, [Block.Lines($"{store.Origin}/{path}", $"sha256 {read.Sha256}, authentic", text)]);
            }

        throw new CliFailure($"No authentic record stands at '{path}'. nhi evidence ls --day lists names.", ExitCode.Findings);
    }

    private async Task<IEnumerable<IEvidenceStore>> StoresAsync(CancellationToken ct)
    {
        var stores = await accounts.Primary.AllAsync(ct);
        return accounts.Secondary is null ? stores : stores.Concat(await accounts.Secondary.AllAsync(ct));
    }
}
