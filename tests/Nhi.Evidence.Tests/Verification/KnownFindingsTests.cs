using Nhi.Evidence.Shards;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What somebody has seen before is counted apart; and what an upgrade leaves behind is no finding.</summary>
public sealed class KnownFindingsTests(HonestLogFixture fixture) : IClassFixture<HonestLogFixture>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_known_is_no_finding_and_the_same_place_with_something_else_is_one()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Copy.Put("tmp/one", "junk"u8.ToArray());
        bench.Copy.Flip(bench.Records[4], 300);
        var first = await bench.VerifyAsync();
        var known = new KnownFindings();
        foreach (var finding in first.Findings)
            known.Add(finding);
        var kept = KnownFindings.Read(["# a word", "", .. known.Lines]);
        Assert.Equal(first.Findings.Count, kept.Count);
        bench.Options = bench.Options with { IsKnown = kept.Contains };
        var second = await bench.VerifyAsync();
        Assert.Equal((true, (long)first.Findings.Count), (second.IsClean, second.Known));
        bench.Copy.Put("tmp/two", "junk"u8.ToArray());
        Assert.Equal("tmp/two", Assert.Single((await bench.VerifyAsync()).Findings).Path);
        bench.Copy.Flip(bench.Records[4], 301);
        Assert.Equal(2, (await bench.VerifyAsync()).Findings.Count);
    }

    [Theory]
    [InlineData("junk")]
    [InlineData("0123456789abcdef0123456789abcdeX  RecordForeign")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    public void A_line_that_begins_with_no_hash_is_refused_by_its_number(string line) =>
        Assert.Contains("line 2 ", Assert.Throws<FormatException>(() => KnownFindings.Read(["# none", line])).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Only_what_makes_the_end_doubtful_keeps_a_checkpoint_from_being_worth_saving()
    {
        var bench = await TamperBench.OfAsync(fixture.Log);
        bench.Copy.Put("tmp/one", "junk"u8.ToArray());
        bench.Copy.Flip(bench.Records[4], 300);
        bench.Copy.Blobs.Remove(bench.Records[5]);
        Assert.Equal((false, true), (await bench.VerifyAsync() is var damaged && damaged.IsClean, damaged.IsHeadSound));
        bench.Copy.Blobs.Remove(Nhi.Evidence.Sequencing.BatchName.Of(1));
        Assert.False((await bench.VerifyAsync()).IsHeadSound);
    }

    /// <summary>Whoever changes the text adds its hash to <see cref="AuditorReadme.Written"/>, and takes none away: containers keep theirs for years.</summary>
    [Fact]
    public void Every_text_that_was_ever_written_is_known_the_newest_last()
    {
        Assert.Equal(AuditorReadme.HashOf(AuditorReadme.Of("{origin}")), AuditorReadme.Written[^1]);
        Assert.True(AuditorReadme.IsOne(AuditorReadme.Of("a.b/evidence-2026"), "a.b/evidence-2026"));
        Assert.False(AuditorReadme.IsOne(AuditorReadme.Of("a.b/evidence-2027"), "a.b/evidence-2026"));
        Assert.Contains("72a7a5d5fac06fa7215f3e8b22bca60fb6bb144f4cc80f2df90da56f4b5ee82e", AuditorReadme.Written);
    }
}
