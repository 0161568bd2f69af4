using System.Globalization;
using System.IO.Compression;
using System.Text;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>Exports: folders and zips, well-meant and hostile.</summary>
[Collection(nameof(Alone))]
public sealed class ExportTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>, IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("nhi-export-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Downloads the log as azcopy would: a folder named as the container.</summary>
    private async Task<string> ExportAsync(bool withListing = true)
    {
        var copy = await fixture.Log.CopyAsync();
        var folder = Path.Combine(root, "evidence-2026");
        foreach (var (path, blob) in copy.Blobs)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, blob.Bytes, Ct);
        }

        foreach (var name in fixture.Log.Tiles.Names)
        {
            var file = Path.Combine(folder + "-tiles", name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, (await fixture.Log.Tiles.ReadAsync(name, int.MaxValue, Ct))!.Value.ToArray(), Ct);
        }

        if (withListing)
            await File.WriteAllTextAsync(Path.Combine(folder, ExportListing.FileName), ExportListing.HeaderLine + string.Concat(copy.Blobs.Select(pair => ExportListing.LineOf(pair.Key, pair.Value.Created, pair.Value.Bytes.Length))), Ct);
        return folder;
    }

    private async Task<VerificationReport> VerifyAsync(string path)
    {
        using var logs = await ExportedLogs.OpenAsync(path, Ct);
        return await LogVerifier.VerifyAsync(logs.Shards, await fixture.Log.OptionsAsync() with { At = null }, null, Ct);
    }

    private static LogFinding Named(VerificationReport report, LogFindingKind kind, string path) =>
        report.Findings.FirstOrDefault(finding => finding.Kind == kind && finding.Path == path) ?? throw new Xunit.Sdk.XunitException($"{kind} of '{path}' is not among:\n{HonestLogTests.Told(report)}");

    [Fact]
    public async Task A_downloaded_folder_verifies_as_the_container_does()
    {
        var folder = await ExportAsync();
        foreach (var path in (string[])[folder, root])
        {
            var report = await VerifyAsync(path);
            Assert.Equal("", HonestLogTests.Told(report));
            Assert.Equal(EvidenceBench.Origin, report.Logs[0].Log);
            Assert.DoesNotContain(report.NotLookedAt, line => line.Contains("created", StringComparison.Ordinal) || line.StartsWith("Tiles", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Without_its_listing_an_export_verifies_and_says_what_was_not_looked_at()
    {
        var report = await VerifyAsync(await ExportAsync(withListing: false));
        Assert.Equal("", HonestLogTests.Told(report));
        Assert.Contains(report.NotLookedAt, line => line.Contains("blobs.csv", StringComparison.Ordinal));
        Assert.Equal((await fixture.Log.CopyAsync()).Blobs.Values.Max(blob => blob.Created), report.At, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_zip_of_the_folder_or_of_the_one_above_it_verifies(bool above)
    {
        await ExportAsync();
        Directory.Delete(Path.Combine(root, "evidence-2026-tiles"), recursive: true);
        var zip = Path.GetTempFileName();
        File.Delete(zip);
        ZipFile.CreateFromDirectory(Path.Combine(root, "evidence-2026"), zip, CompressionLevel.Fastest, includeBaseDirectory: above);
        try
        {
            var report = await VerifyAsync(zip);
            Assert.Equal("", HonestLogTests.Told(report));
            Assert.True(report.Logs[0].RecordsRead > 20);
        }
        finally
        {
            File.Delete(zip);
        }
    }

    [Fact]
    public async Task A_file_that_the_copy_lost_one_that_it_gained_and_one_of_another_size_are_named()
    {
        var folder = await ExportAsync();
        await File.AppendAllTextAsync(Path.Combine(folder, ExportListing.FileName), "lost.txt,2026-11-24T10:00:00Z,12\n", Ct);
        await File.WriteAllTextAsync(Path.Combine(folder, "more.txt"), "x", Ct);
        await File.AppendAllTextAsync(Path.Combine(folder, BatchName.Of(1)), "\n", Ct);
        var report = await VerifyAsync(folder);
        Named(report, LogFindingKind.FileMissing, "lost.txt");
        Named(report, LogFindingKind.FileUnlisted, "more.txt");
        Assert.Equal(1, Named(report, LogFindingKind.FileSizeDiffers, BatchName.Of(1)).Bytes?.Length);
        Named(report, LogFindingKind.BatchAltered, BatchName.Of(1));
    }

    [Fact]
    public async Task Links_are_named_and_never_followed()
    {
        var folder = await ExportAsync(withListing: false);
        var record = (await fixture.Log.CopyAsync()).Below("records/").First();
        var file = Path.Combine(folder, record);
        var outside = Path.Combine(root, "outside.json");
        File.Move(file, outside);
        File.CreateSymbolicLink(file, outside);
        Directory.CreateSymbolicLink(Path.Combine(folder, "records", "2027"), "/");
        var report = await VerifyAsync(folder);
        Named(report, LogFindingKind.RecordMissing, record);
        Assert.Contains("link", Named(report, LogFindingKind.NameUnreadable, record).Found, StringComparison.Ordinal);
        Named(report, LogFindingKind.NameUnreadable, "records/2027");
        Assert.True(report.Logs[0].Blobs < 200, "what the link leads to was listed");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_and_all_else_is_verified()
    {
        var folder = await ExportAsync();
        var copy = await fixture.Log.CopyAsync();
        var record = (await TamperBench.OfAsync(fixture.Log)).Batch(2).Entries[0].Path;
        const string foreign = "records/2026/11/24/13/foreign.json";
        await File.WriteAllTextAsync(Path.Combine(folder, foreign), "{}", Ct);
        // Another process holds them, and lets nobody in: root, too.
        FileStream[] held = [.. ((string[])[record, foreign, BatchName.Of(1), "README.txt"]).Select(path => new FileStream(Path.Combine(folder, path), FileMode.Open, FileAccess.ReadWrite, FileShare.None))];
        try
        {
            var report = await VerifyAsync(folder);
            foreach (var path in (string[])[record, foreign, BatchName.Of(1), "README.txt"])
                Assert.Contains("cannot be read", Named(report, LogFindingKind.NameUnreadable, path).Found, StringComparison.Ordinal);
            Named(report, LogFindingKind.RecordMissing, record);
            Named(report, LogFindingKind.BatchAltered, BatchName.Of(1));
            Assert.Equal(1, report.ExitCode);
            Assert.True(report.Logs[0].RecordsRead > copy.Below("records/").Count() / 2);
        }
        finally
        {
            Array.ForEach(held, file => file.Dispose());
        }
    }

    /// <summary>Folders may lie deeper than any path reaches, and nobody can list those.</summary>
    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_named_and_all_else_is_verified()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of any length are listed there.");
        var folder = await ExportAsync(withListing: false);
        var names = string.Join('/', Enumerable.Repeat(new string('d', 250), 10));
        var (half, other) = (Path.Combine(folder, names), Path.Combine(root, "other"));
        Directory.CreateDirectory(half);
        Directory.CreateDirectory(Path.Combine(other, names));
        Directory.Move(other, Path.Combine(half, "other"));
        try
        {
            var report = await VerifyAsync(folder);
            var finding = Assert.Single(report.Findings);
            Assert.Equal(LogFindingKind.NameUnreadable, finding.Kind);
            Assert.StartsWith(names[..100], finding.Path, StringComparison.Ordinal);
            Assert.Contains("cannot be listed", finding.Found, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Move(Path.Combine(half, "other"), other);
        }
    }

    [Fact]
    public async Task Names_that_differ_by_case_are_two_names()
    {
        var folder = await ExportAsync(withListing: false);
        var record = (await fixture.Log.CopyAsync()).Below("records/").First(path => path.Contains("payroll", StringComparison.Ordinal) || path.Contains("app-", StringComparison.Ordinal));
        var other = record.Replace("app-", "APP-", StringComparison.Ordinal);
        File.Copy(Path.Combine(folder, record), Path.Combine(folder, other));
        Named(await VerifyAsync(folder), LogFindingKind.RecordForeign, other);
    }

    [Fact]
    public async Task A_record_of_a_gigabyte_is_named_and_not_read()
    {
        var folder = await ExportAsync(withListing: false);
        var record = (await fixture.Log.CopyAsync()).Below("records/").First();
        var foreign = "records/2026/11/24/13/huge.json";
        foreach (var path in (string[])[record, foreign])
        {
            // Sparse: a gigabyte of nothing.
            await using var file = new FileStream(Path.Combine(folder, path), FileMode.Create);
            file.SetLength(1L << 30);
        }

        var before = GC.GetTotalAllocatedBytes();
        var report = await VerifyAsync(folder);
        Assert.Contains("more than", Named(report, LogFindingKind.RecordAltered, record).Found, StringComparison.Ordinal);
        Named(report, LogFindingKind.RecordForeign, foreign);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 1 << 28);
    }

    [Fact]
    public async Task An_entry_that_cannot_be_unpacked_is_named_and_all_else_is_verified()
    {
        await ExportAsync();
        var zip = Path.Combine(root, "damaged.zip");
        await ZipFile.CreateFromDirectoryAsync(Path.Combine(root, "evidence-2026"), zip, CompressionLevel.SmallestSize, false, Ct);
        var path = (await fixture.Log.CopyAsync()).Below("records/").First();
        var bytes = await File.ReadAllBytesAsync(zip, Ct);
        // Behind its name in the entry's own header stands what was deflated: a block of a sort that there is not.
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(path)) + path.Length;
        bytes[at] = 0x07;
        await File.WriteAllBytesAsync(zip, bytes, Ct);
        var report = await VerifyAsync(zip);
        Named(report, LogFindingKind.NameUnreadable, path);
        Named(report, LogFindingKind.RecordMissing, path);
        Assert.Equal((await fixture.Log.VerifyAsync()).Logs[0].Records, report.Logs[0].Records);
    }

    [Fact]
    public async Task A_download_says_as_of_when_it_is_judged_where_that_is_long_ago()
    {
        var folder = await ExportAsync();
        using var logs = await ExportedLogs.OpenAsync(folder, Ct);
        var options = await fixture.Log.OptionsAsync();
        foreach (var (days, said) in ((int, bool)[])[(0, false), (3, true)])
        {
            var report = await LogVerifier.VerifyAsync(logs.Shards, options with { At = null, Clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(options.At!.Value.AddDays(days)) }, null, Ct);
            Assert.Equal(said, report.NotLookedAt.Any(line => line.Contains("judged as of", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_zip_bomb_is_unpacked_no_further_than_a_record_may_go()
    {
        var copy = await fixture.Log.CopyAsync();
        var record = copy.Below("records/").First();
        var zip = Path.Combine(root, "bomb.zip");
        await using (var archive = await ZipFile.OpenAsync(zip, ZipArchiveMode.Create, Ct))
        {
            foreach (var (path, blob) in copy.Blobs)
            {
                await using var entry = await archive.CreateEntry(path, CompressionLevel.Fastest).OpenAsync(Ct);
                for (var i = 0; i < (path == record ? 100 : 0); i++)
                    await entry.WriteAsync(new byte[1 << 20], Ct);
                await entry.WriteAsync(path == record ? default : blob.Bytes, Ct);
            }

            // The same name twice: which one would a tool unpack?
            await using var twice = await archive.CreateEntry(BatchName.Of(1)).OpenAsync(Ct);
            await twice.WriteAsync(copy.Blobs[BatchName.Of(1)].Bytes, Ct);
        }

        var before = GC.GetTotalAllocatedBytes();
        var report = await VerifyAsync(zip);
        Assert.Contains("more than", Named(report, LogFindingKind.RecordAltered, record).Found, StringComparison.Ordinal);
        Assert.Contains("two entries", Named(report, LogFindingKind.NameUnreadable, BatchName.Of(1)).Found, StringComparison.Ordinal);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 1 << 26);
    }

    [Theory]
    [InlineData("no zip")]
    [InlineData("")]
    public async Task What_is_no_zip_is_refused_with_its_name(string text)
    {
        var file = Path.Combine(root, "not.zip");
        await File.WriteAllTextAsync(file, text, Ct);
        Assert.Contains(file, (await Assert.ThrowsAsync<EvidenceStoreException>(() => VerifyAsync(file))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\n", "Line 1")]
    [InlineData("path,creation,size\nrecords/x,yesterday,1\n", "Line 2")]
    [InlineData("path,creation,size\nrecords/x,2026-11-24T10:00:00Z,-1\n", "Line 2")]
    public async Task A_listing_that_is_none_is_refused_with_its_line(string text, string line)
    {
        var folder = await ExportAsync(withListing: false);
        await File.WriteAllTextAsync(Path.Combine(folder, ExportListing.FileName), text, Ct);
        Assert.Contains(line, (await Assert.ThrowsAsync<EvidenceStoreException>(() => VerifyAsync(folder))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_keeps_names_with_commas_quotes_and_line_feeds()
    {
        string[] names = ["plain", "a,b", "a\"b", "a\nb", "\"", ",,\"\n\""];
        var csv = ExportListing.HeaderLine + string.Concat(names.Select((name, i) => ExportListing.LineOf(name, Samples.Start.AddTicks(i), i)));
        var listing = await ExportListing.ReadAsync(() => new MemoryStream(Encoding.UTF8.GetBytes(csv)), Ct);
        Assert.Equal(names.Length, listing.Count);
        Assert.All(names.Index(), pair => Assert.Equal(Samples.Start.AddTicks(pair.Index), listing.CreatedOf(pair.Item)));
        Assert.Null(listing.CreatedOf("b"));
        Assert.Equal(5, listing.Tick(names[5]));
        Assert.Equal(names[..5], await listing.UnseenAsync(Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task An_empty_folder_is_no_log_and_says_so()
    {
        Assert.Contains("log/", (await Assert.ThrowsAsync<EvidenceStoreException>(() => VerifyAsync(root))).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(root, "log"));
        Assert.Equal(1, (await VerifyAsync(root)).Counts[LogFindingKind.LogMissing]);
        Assert.Equal(root, root.ToString(CultureInfo.InvariantCulture));
    }
}
