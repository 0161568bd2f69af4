using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What a hostile container may hold: named, bounded, no crash.</summary>
[Collection(nameof(Alone))]
public sealed class HostileTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    // NHI_NAMES=10000000 lists ten million.
    private static readonly int Names = int.TryParse(Environment.GetEnvironmentVariable("NHI_NAMES"), out var many) ? many : 200_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Blobs => new()
    {
        { "empty", "" },
        { "no JSON", "\0\0\0\0" },
        { "deep nesting", new string('[', 60_000) },
        { "deep objects", "{\n  \"schema\": \"nhi-evidence/1\",\n  \"a\": " + string.Concat(Enumerable.Repeat("{\"a\":", 9_000)) },
        { "a number without end", new string('9', 65_000) },
        { "an escape without end", "{\n  \"schema\": \"nhi-evidence/1\",\n  \"log\": \"" + string.Concat(Enumerable.Repeat("\\u0041", 10_000)) + "\"\n}\n" },
        { "half a surrogate", "{\n  \"schema\": \"nhi-evidence/1\",\n  \"log\": \"\\ud800\"\n}\n" },
    };

    [Theory]
    [MemberData(nameof(Blobs))]
    public async Task Hostile_text_at_a_records_name_is_foreign(string what, string text)
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Copy.Put("records/2026/11/24/13/hostile.json", Encoding.UTF8.GetBytes(text));
        var finding = Assert.Single((await bench.VerifyAsync()).Findings, finding => finding.Severity != FindingSeverity.Information);
        Assert.True(finding is { Kind: LogFindingKind.RecordForeign, Found.Length: > 0 and < 400 }, what);
    }

    [Fact]
    public async Task Members_twice_and_bytes_that_are_no_UTF8_make_a_logged_record_a_forged_one()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var whole = bench.Copy.Text(bench.Records[2]);
        var twice = whole.Replace("  \"op\":", "  \"summary\": \"Other.\",\n  \"op\":", StringComparison.Ordinal);
        var latin = Encoding.Latin1.GetBytes(whole.Replace("Rotate", "R\u00e4tate", StringComparison.Ordinal));
        foreach (var bytes in (byte[][])[Encoding.UTF8.GetBytes(twice), latin])
        {
            var fresh = await TamperBench.OfAsync(fixture.Log);
            await fresh.LogAsync(("records/2026/11/24/13/hostile.json", bytes));
            Assert.Contains((await fresh.VerifyAsync()).Findings, finding => finding is { Kind: LogFindingKind.RecordForged, Path: "records/2026/11/24/13/hostile.json" });
        }
    }

    [Fact]
    public async Task Names_without_end_are_counted_in_flat_memory()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var held = 0L;
        var endless = new Endless(bench.Copy, Names, () => held = Math.Max(held, GC.GetTotalMemory(forceFullCollection: true) - before));
        var report = await LogVerifier.VerifyAsync(endless, bench.Options with { MostFindings = 100 }, null, Ct);
        Assert.Equal((Names, 100), (report.Counts[LogFindingKind.BlobForeign] - 0, report.Findings.Count(finding => finding.Kind == LogFindingKind.BlobForeign)));
        Assert.Equal(Names, report.Counts[LogFindingKind.RecordForeign]);
        Assert.True(held < 8_000_000, $"{held} bytes held");
    }

    [Fact]
    public async Task A_place_that_reads_names_loosely_does_not_pass_for_the_log()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        var path = bench.Records.First(name => name.Contains("app-", StringComparison.Ordinal));
        var report = await LogVerifier.VerifyAsync(new Loose(bench.Copy, path), bench.Options, null, Ct);
        Assert.Equal([(LogFindingKind.RecordNotListed, path), (LogFindingKind.RecordForeign, path.Replace("app-", "APP-", StringComparison.Ordinal))], report.Findings.Select(finding => (finding.Kind, finding.Path!)));
    }

    [Fact]
    public void No_bytes_make_the_reader_of_listings_throw_anything_but_its_own() => Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Char[",\"\n\r0123456789TZ:-path creation size"].Array[0, 200].Select(Encoding.UTF8.GetBytes)).Sample(bytes =>
    {
        try
        {
            _ = ExportListing.ReadAsync(() => new MemoryStream(bytes), default).GetAwaiter().GetResult().Count;
        }
        catch (Nhi.Evidence.Storage.EvidenceStoreException e)
        {
            return e.Message.Length > 20;
        }

        return true;
    }, iter: 2_000);

    [Fact]
    public void A_set_of_names_holds_what_was_added_and_nothing_else() => Gen.Int[0, 5_000].Array[0, 4_000].Sample(numbers =>
    {
        var set = new NameSet();
        var model = new HashSet<int>();
        foreach (var number in numbers)
            Assert.Equal(model.Add(number), set.Add(NameSet.KeyOf($"{number}")));
        Assert.Equal(model.Count, set.Count);
        foreach (var number in Enumerable.Range(0, 5_001))
            Assert.Equal(model.Contains(number), number % 2 == 0 ? set.Tick(NameSet.KeyOf($"{number}")) : set.Contains(NameSet.KeyOf($"{number}")));
        Assert.Equal(model.Count(number => number % 2 == 0), set.Seen);
    }, iter: 30);

    /// <summary>The log, and junk names that nobody could store: made as they are listed.</summary>
    private sealed class Endless(LogCopy log, int names, Action measure) : IReadableLog
    {
        public string Place => log.Place;
        public string? Origin => log.Origin;
        public DateTimeOffset? AsOf => null;
        public int ReadsAtATime => 1;
        public ExportListing? Listing => null;

        public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => log.ReadAsync(path, maxBytes, ct);

        public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            for (var i = 0; prefix.Length == 0 && i < names; i++)
                yield return new LogName($"junk/{i:D8}", 1, null);
            await foreach (var name in log.ListAsync(prefix, ct))
                yield return name;
            for (var i = 0; prefix.Length == 0 && i < names; i++)
            {
                if (i % (names / 4) == 0)
                    measure();
                yield return new LogName($"records/x{i:D8}", 1, null);
            }
        }
    }

    /// <summary>Lists one record in other letters, and reads it under either name, as file systems do that ignore case.</summary>
    private sealed class Loose(LogCopy log, string path) : IReadableLog
    {
        public string Place => log.Place;
        public string? Origin => log.Origin;
        public DateTimeOffset? AsOf => null;
        public int ReadsAtATime => 1;
        public ExportListing? Listing => null;

        public Task<LogBlob?> ReadAsync(string name, int maxBytes, CancellationToken ct) => log.ReadAsync(name.Replace("APP-", "app-", StringComparison.Ordinal), maxBytes, ct);

        public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var name in log.ListAsync(prefix, ct))
                yield return name.Path == path ? name with { Path = path.Replace("app-", "APP-", StringComparison.Ordinal) } : name;
        }
    }
}
