using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Storage;

public sealed class RecentBlobsTests
{
    private const string Path = "records/2026/11/24/13/a.json";
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider clock = new(Start);
    private readonly MemoryEvidenceStore year;
    private readonly MemoryEvidenceStore other;

    public RecentBlobsTests() => (year, other) = (new("account/evidence-2026", clock), new("account/evidence-2027", clock));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_has_read_another_is_not_charged_for()
    {
        var recent = new RecentBlobs();
        await year.TryCreateAsync(Path, "abc"u8.ToArray(), "text/plain", Ct);
        clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++)
        {
            var blob = (await recent.Over(year).ReadAsync(Path, 100, Ct))!;
            Assert.Equal(("abc", Start, false), (System.Text.Encoding.ASCII.GetString(blob.Bytes.Span), blob.Created, blob.Truncated));
        }

        Assert.Equal(1, year.Reads);
        // Whoever asks for less gets less, as from the container.
        Assert.Equal((1, true), (await recent.Over(year).ReadAsync(Path, 1, Ct)) is { } one ? (one.Bytes.Length, one.Truncated) : default);
        Assert.Equal(1, year.Reads);
    }

    [Fact]
    public async Task What_is_absent_or_was_not_read_whole_is_asked_for_again()
    {
        var recent = new RecentBlobs();
        Assert.Null(await recent.Over(year).ReadAsync(Path, 100, Ct));
        await recent.Over(year).TryCreateAsync(Path, "abc"u8.ToArray(), "text/plain", Ct);
        Assert.True((await recent.Over(year).ReadAsync(Path, 1, Ct))!.Truncated);
        Assert.Equal(3, (await recent.Over(year).ReadAsync(Path, 100, Ct))!.Bytes.Length);
        Assert.Equal(3, year.Reads);
    }

    [Fact]
    public async Task A_name_is_one_of_its_container()
    {
        var recent = new RecentBlobs();
        await year.TryCreateAsync(Path, "abc"u8.ToArray(), "text/plain", Ct);
        var years = recent.Over(new YearlyContainers(() => new Dictionary<int, IEvidenceStore> { [2026] = year, [2027] = other }));
        Assert.NotNull(await (await years.CurrentAsync(Start, Ct)).ReadAsync(Path, 100, Ct));
        var all = await years.AllAsync(Ct);
        Assert.Equal([other.Origin, year.Origin], all.Select(store => store.Origin));
        Assert.Null(await all[0].ReadAsync(Path, 100, Ct));
        Assert.NotNull(await all[1].ReadAsync(Path, 100, Ct));
        Assert.Equal((1, 1), (year.Reads, other.Reads));
    }

    /// <summary>What is signed over is read again first.</summary>
    [Theory]
    [InlineData("log/000000/000000000.batch.txt")]
    [InlineData("log/000000/000000000.checkpoint.txt")]
    public async Task A_batch_and_a_checkpoint_are_read_each_time(string path)
    {
        var recent = new RecentBlobs();
        await year.TryCreateAsync(path, "abc"u8.ToArray(), "text/plain", Ct);
        for (var i = 0; i < 3; i++)
            Assert.NotNull(await recent.Over(year).ReadAsync(path, 100, Ct));
        Assert.Equal(3, year.Reads);
    }

    /// <summary>Room for two of three; an empty one takes room too.</summary>
    [Theory]
    [InlineData(100, 1_000)]
    [InlineData(0, 800)]
    public async Task The_oldest_is_forgotten_first_and_what_is_too_large_is_not_kept(int size, int most)
    {
        var recent = new RecentBlobs(most);
        for (var i = 0; i < 3; i++)
            await year.TryCreateAsync($"{Path}{i}", new byte[size], "text/plain", Ct);
        await year.TryCreateAsync($"{Path}-large", new byte[most], "text/plain", Ct);
        foreach (var (path, reads) in new[] { ("0", 1), ("1", 2), ("1", 2), ("0", 2), ("2", 3), ("1", 3), ("2", 3), ("0", 4), ("2", 4), ("1", 5) })
        {
            await recent.Over(year).ReadAsync($"{Path}{path}", 2_000, Ct);
            Assert.Equal(reads, year.Reads);
        }

        for (var i = 0; i < 2; i++)
            Assert.Equal(most, (await recent.Over(year).ReadAsync($"{Path}-large", 2_000, Ct))!.Bytes.Length);
        Assert.Equal(7, year.Reads);
    }
}
