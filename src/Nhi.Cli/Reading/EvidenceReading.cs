using System.Text;
using System.Text.Json.Nodes;
using Nhi.Azure.Evidence;
using Nhi.Cli.Output;
using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;
using Nhi.Governance.Evidence;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi evidence ls</c> and <c>show</c>: the containers themselves, not the index.</summary>
internal sealed class EvidenceReading(EvidenceAccounts accounts, IEvidenceLog log, TimeProvider clock)
{
    public async Task<Answer> ListAsync(DateTimeOffset? day, CancellationToken ct)
    {
        var folder = RecordPath.DayFolder(day ?? clock.GetUtcNow());
        List<(string Log, ListedBlob Blob)> found = [];
        foreach (var store in await StoresAsync(ct))
            await foreach (var blob in store.ListAsync(folder, ct))
                found.Add((store.Origin, blob));
        var json = new JsonObject
        {
            ["folder"] = folder,
            ["records"] = Screen.Array(found.Select(one => new JsonObject { ["log"] = one.Log, ["path"] = one.Blob.Path, ["bytes"] = one.Blob.Size, ["created"] = one.Blob.Created })),
        };
        return new Answer(json, [Block.Lines(found.Select(one => one.Blob.Path).DefaultIfEmpty($"no record below {folder}"))]);
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
                var json = new JsonObject { ["log"] = store.Origin, ["path"] = path, ["sha256"] = read.Sha256, ["authentic"] = true, ["record"] = JsonNode.Parse(text) };
                return new Answer(json, [Block.Lines($"{store.Origin}/{path}", $"sha256 {read.Sha256}, authentic", text)]);
            }

        throw new CliFailure($"No authentic record stands at '{path}'. nhi evidence ls --day lists names.", ExitCode.Findings);
    }

    private async Task<IEnumerable<IEvidenceStore>> StoresAsync(CancellationToken ct)
    {
        var stores = await accounts.Primary.AllAsync(ct);
        return accounts.Secondary is null ? stores : stores.Concat(await accounts.Secondary.AllAsync(ct));
    }
}
