using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Nhi.Azure.Time;
using Nhi.Evidence.Records;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Local.Parts;

namespace Nhi.Local.Demo.Evidence;

/// <summary>A blob of a container, with its bytes.</summary>
internal sealed record CopiedBlob(string Folder, string Name, DateTimeOffset Created, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);
}

/// <summary>A record, its name read back and its text.</summary>
internal sealed record CopiedRecord(CopiedBlob Blob, RecordName Name, JsonObject Json)
{
    public string Action => (string?)Json["action"] ?? "";

    public string? Result => (string?)Json["result"];

    /// <summary>Of the secret; null for what is about none.</summary>
    public string? Credential => (string?)Json["credential"]?["id"];

    public string? Version => (string?)Json["change"]?["after"]?["version"];

    public string? Instance => (string?)Json["producer"]?["instance"];
}

/// <summary>All evidence, as an auditor takes it out of the storage accounts: past the product, by listing and reading.</summary>
internal sealed class EvidenceCopy
{
    private EvidenceCopy(IReadOnlyList<CopiedBlob> blobs)
    {
        Blobs = blobs;
        Records = [.. blobs.Where(blob => blob.Name.StartsWith(RecordPath.Root, StringComparison.Ordinal)).Select(Record).OfType<CopiedRecord>().OrderBy(record => record.Blob.Name, StringComparer.Ordinal)];
        Batches = [.. blobs.Where(blob => blob.Name.EndsWith(".batch.txt", StringComparison.Ordinal)).OrderBy(blob => blob.Name, StringComparer.Ordinal)];
        var closed = Records.Where(record => record.Name.Closes).Select(record => record.Name.Op).ToHashSet(StringComparer.Ordinal);
        OpenIntents = [.. Records.Where(record => record.Name.IsIntent && !closed.Contains(record.Name.Op))];
    }

    public IReadOnlyList<CopiedBlob> Blobs { get; }

    /// <summary>In the order of their names, which is that of their time.</summary>
    public IReadOnlyList<CopiedRecord> Records { get; }

    public IReadOnlyList<CopiedBlob> Batches { get; }

    /// <summary>Intents that no outcome closes.</summary>
    public IReadOnlyList<CopiedRecord> OpenIntents { get; }

    /// <summary>Events, or parts of them, of which the product says that it did not believe them.</summary>
    public int Disbelieved => Records.Where(record => record.Action == "event.refuse").Sum(record => (int?)record.Json["finding"]?["count"] ?? 0);

    /// <summary>Intents that another instance than the one that wrote them closed as reconciled.</summary>
    public int Recovered
    {
        get
        {
            var intents = Records.Where(record => record.Name.IsIntent).ToLookup(record => record.Name.Op);
            return Records.Count(record => record.Name.Stage == "3-reconciled" && intents[record.Name.Op].FirstOrDefault() is { } intent && intent.Instance != record.Instance);
        }
    }

    /// <summary>Versions of which a sweep says that no event told of them.</summary>
    public int EventsMissed => FactsOf(SignalNames.EventMissed).Count;

    /// <summary>Changes of which no record says anything: a finding holds several.</summary>
    public int UngovernedChanges => FactsOf(SignalNames.UngovernedChange).Count;

    /// <summary>What findings of that signal say, each fact once.</summary>
    public IReadOnlyCollection<string> FactsOf(string signal) =>
    [
        .. Records.Where(record => record.Action == "finding.raise" && (string?)record.Json["finding"]?["signal"] == signal)
            .SelectMany(record => record.Json["finding"]!["facts"]?.AsArray().Select(fact => (string?)fact).OfType<string>() ?? []).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Each signal that was told, and of how many subjects.</summary>
    public SortedDictionary<string, int> FindingsBySignal() => new(
        Records.Where(record => record.Action == "finding.raise")
            .Select(record => (Signal: (string)record.Json["finding"]!["signal"]!, Subject: record.Credential ?? (string?)record.Json["resource"]?["id"] ?? (string?)record.Json["summary"]))
            .Distinct().GroupBy(told => told.Signal).ToDictionary(told => told.Key, told => told.Count()),
        StringComparer.Ordinal);

    /// <summary>Outcomes of credentials' verbs that went well.</summary>
    public IEnumerable<CopiedRecord> Done(params string[] verbs) => Records.Where(record => record.Result == "ok" && verbs.Contains(record.Name.Verb) && !RemovalVerbs.IsOne(record.Action));

    /// <summary>Outcomes of that step of a removal that went well.</summary>
    public IReadOnlyList<CopiedRecord> Steps(string verb) => [.. Records.Where(record => record.Result == "ok" && record.Action == RemovalVerbs.Action(verb))];

    /// <summary>Records that stand in a batch.</summary>
    public IReadOnlyList<CopiedRecord> Logged()
    {
        var listed = Batches.SelectMany(batch => batch.Text.Split('\n').Where(line => line.Length > 66 && line[0] != '#').Select(line => (batch.Folder, line[66..]))).ToHashSet();
        return [.. Records.Where(record => listed.Contains((record.Blob.Folder, record.Blob.Name)))];
    }

    public static async Task<EvidenceCopy> TakeAsync(World world, CancellationToken ct)
    {
        var blobs = new List<CopiedBlob>();
        // Services stamp real time; records speak of governance time.
        var clock = new GovernanceClock(world.Clock.FilePath);
        foreach (var (account, prefix) in (IReadOnlyList<(string, string)>)[("nhievidence", ""), ("nhievidence2", "secondary-")])
        {
            var service = new BlobServiceClient(Azurite.BlobEndpoint(account), world.Azurite.Credential, new BlobClientOptions { Transport = world.Azurite.Transport });
            await foreach (var container in service.GetBlobContainersAsync(prefix: "evidence-", cancellationToken: ct))
                await CopyAsync(service.GetBlobContainerClient(container.Name), prefix + container.Name, clock, blobs, ct);
        }

        return new EvidenceCopy(blobs);
    }

    private static async Task CopyAsync(BlobContainerClient container, string folder, GovernanceClock clock, List<CopiedBlob> into, CancellationToken ct)
    {
        var listed = new List<(string Name, DateTimeOffset Created)>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: ct))
            listed.Add((blob.Name, clock.FromService(blob.Properties.CreatedOn ?? DateTimeOffset.UnixEpoch)));
        await Parallel.ForEachAsync(listed, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (blob, token) =>
        {
            var content = await container.GetBlobClient(blob.Name).DownloadContentAsync(token);
            lock (into) into.Add(new CopiedBlob(folder, blob.Name, blob.Created, content.Value.Content.ToArray()));
        });
    }

    private static CopiedRecord? Record(CopiedBlob blob) =>
        RecordPath.TryParse(blob.Name, out var name) && JsonNode.Parse(blob.Bytes) is JsonObject json ? new CopiedRecord(blob, name, json) : null;
}
