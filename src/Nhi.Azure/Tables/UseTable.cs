using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.Tables;

/// <summary>The table <c>Use</c>: <c>u:{hash of the credential}</c>/<c>{version}:{hash of the principal}</c> holds one principal's reads of one version, <c>w</c>/<c>{hash of the vault}</c> the window in which reads are known.</summary>
public sealed class UseTable(StateTables tables) : IUseBook
{
    private const int MostRaces = 20;
    private const int MostHeard = 400;
    private const string Windows = "w";

    private TableClient Reads => tables.Table(StateTables.Use, TableAccess.Watcher);

    private TableClient Writes => tables.Table(StateTables.Use, TableAccess.WatcherOnce);

    public async IAsyncEnumerable<UseFact> OfAsync(CredentialId id, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (row, _) in Reads.QueryRowsAsync($"PartitionKey eq '{Partition(id)}'", ct))
            yield return Fact(row);
    }

    public async Task<IReadOnlyList<UseFact>?> AllAsync(int most, CancellationToken ct)
    {
        List<UseFact> all = [];
        await foreach (var (row, _) in Reads.QueryRowsAsync("PartitionKey ge 'u:' and PartitionKey lt 'u;'", ct))
        {
            if (all.Count == most)
                return null;
            all.Add(Fact(row));
        }

        return all;
    }

    public async Task<UseWindow?> KnownAsync(string vaultHost, CancellationToken ct) =>
        (await Reads.FindAsync(Windows, VaultKey(vaultHost), ct)).Row is { } row ? Window(row) : null;

    /// <summary>A lost answer throws; what was written then is what the next try finds, and adds nothing to.</summary>
    public async Task AddAsync(UseSeen seen, CancellationToken ct)
    {
        for (var race = 0; race < MostRaces; race++)
        {
            var (row, _) = await Reads.FindAsync(Partition(seen.Credential), RowKey(seen), ct);
            var known = row is null ? null : Fact(row);
            var next = seen.Onto(known);
            if (next == known)
                return;
            if (await (row is null ? Writes.TryAddAsync(Entity(next, seen), ct) : Writes.TryReplaceAsync(Entity(next, seen), row.ETag.ToString(), ct)) is not null)
                return;
        }

        throw new ExternalCallException($"Could not add the reads of {seen.Credential}: {MostRaces} others were faster each time. The next run reads them again.", mayHaveHappened: false, transient: true, "Contended");
    }

    public async Task KnowAsync(string vaultHost, UseWindow window, CancellationToken ct)
    {
        // An instance that read less, a little earlier, takes nothing back.
        if (await KnownAsync(vaultHost, ct) is { } known && known.From == window.From && known.To >= window.To)
            return;
        await Reads.UpsertAsync(new TableEntity(Windows, VaultKey(vaultHost)) { ["Vault"] = vaultHost.ToLowerInvariant(), ["From"] = window.From, ["To"] = window.To, ["Heard"] = Text(window.Heard) }, ct);
    }

    private static string Partition(CredentialId id) => $"u:{CrockfordBase32.OfSha256(id.ToString())}";

    private static string VaultKey(string vaultHost) => CrockfordBase32.OfSha256(vaultHost.ToLowerInvariant());

    private static string RowKey(UseSeen seen) => $"{seen.Version}:{CrockfordBase32.OfSha256(seen.Principal)}";

    private static UseWindow Window(TableEntity row) => new(row.Instant("From") ?? throw TableRows.Broken(row, "From"), row.Instant("To") ?? throw TableRows.Broken(row, "To")) { Heard = Spans(row.MaybeText("Heard") ?? "") };

    /// <summary>Each stretch as two instants in milliseconds: two hundred of them fit.</summary>
    private static string Text(IReadOnlyList<LogSpan> heard) =>
        string.Join(',', heard.TakeLast(MostHeard).Select(span => string.Create(CultureInfo.InvariantCulture, $"{span.From.ToUnixTimeMilliseconds()}-{span.To.ToUnixTimeMilliseconds()}")));

    private static IReadOnlyList<LogSpan> Spans(string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(span => span.Split('-'))
            .Where(parts => parts.Length == 2)
            .Select(parts => new LogSpan(Instant(parts[0]), Instant(parts[1]))),
    ];

    private static DateTimeOffset Instant(string milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture));

    private static TableEntity Entity(UseFact fact, UseSeen seen) => new(Partition(seen.Credential), RowKey(seen))
    {
        ["Credential"] = fact.Credential.ToString(),
        ["Version"] = fact.Version,
        ["Principal"] = fact.Principal,
        ["Name"] = fact.Name,
        ["First"] = fact.First,
        ["Last"] = fact.Last,
        ["Reads"] = fact.Reads,
        ["Source"] = fact.Source,
    };

    private static UseFact Fact(TableEntity row) => new(
        CredentialId.TryParse(row.MaybeText("Credential"), out var id) ? id : throw TableRows.Broken(row, "Credential"),
        row.Text("Version"), row.Text("Principal"), row.MaybeText("Name"),
        row.Instant("First") ?? throw TableRows.Broken(row, "First"), row.Instant("Last") ?? throw TableRows.Broken(row, "Last"), row.Number("Reads"), row.Text("Source"));
}
