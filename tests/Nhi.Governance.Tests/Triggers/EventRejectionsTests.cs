using CsCheck;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

public sealed class EventRejectionsTests
{
    private static readonly DateTimeOffset _eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static EventRejection Of(RejectionReason reason, int characters = 1) => new(reason, [$"body: [refused, {characters} characters]"]);

    [Fact]
    public void An_hour_is_given_out_once_and_only_when_it_is_over()
    {
        var rejections = new EventRejections();
        rejections.Add(Of(RejectionReason.NotJson), _eight);
        rejections.Add(Of(RejectionReason.NotJson), _eight.AddMinutes(59));
        rejections.Add(Of(RejectionReason.OtherType), _eight.AddHours(1));
        Assert.Empty(rejections.Drain(_eight.AddHours(1).AddTicks(-1)));
        var summary = Assert.Single(rejections.Drain(_eight.AddHours(1)));
        Assert.Equal(_eight, summary.Hour);
        Assert.Equal(2, summary.Total);
        Assert.Equal(2, summary.Counts[RejectionReason.NotJson]);
        Assert.Single(summary.Samples);
        Assert.Empty(rejections.Drain(_eight.AddHours(1)));
        Assert.Equal(_eight.AddHours(1), Assert.Single(rejections.Drain(_eight.AddHours(2))).Hour);
    }

    [Fact]
    public void What_could_not_be_written_is_given_out_again()
    {
        var rejections = new EventRejections();
        rejections.Add(Of(RejectionReason.NotJson), _eight);
        var summary = Assert.Single(rejections.Drain(_eight.AddHours(1)));
        rejections.Return(summary);
        rejections.Add(Of(RejectionReason.OtherType), _eight);
        Assert.Equal(2, Assert.Single(rejections.Drain(_eight.AddHours(1))).Total);
    }

    [Fact]
    public void Ten_samples_at_most_and_a_rare_reason_among_them()
    {
        var rejections = new EventRejections();
        for (var i = 0; i < 1_000; i++)
            rejections.Add(Of(RejectionReason.TooLarge, i), _eight);
        rejections.Add(Of(RejectionReason.OtherVault), _eight);
        var summary = Assert.Single(rejections.Drain(_eight.AddHours(1)));
        Assert.Equal(1_001, summary.Total);
        Assert.Equal(EventRejections.MostSamples, summary.Samples.Count);
        Assert.Contains(summary.Samples, sample => sample.Reason == RejectionReason.OtherVault);
    }

    [Fact]
    public void A_reading_counts_rejections_and_doubts()
    {
        var rejections = new EventRejections();
        rejections.Add(new SecretEventReading([], [Of(RejectionReason.NotJson)], [Of(RejectionReason.TimeNotBelieved)]), _eight);
        Assert.Equal([RejectionReason.NotJson, RejectionReason.TimeNotBelieved], Assert.Single(rejections.Drain(_eight.AddHours(1))).Counts.Keys);
    }

    [Fact]
    public void Whoever_adds_when_and_on_which_thread_nothing_is_lost() =>
        Gen.Select(Gen.Int[0, 200], Gen.Enum<RejectionReason>()).Array[0, 300].Sample(adds =>
        {
            var rejections = new EventRejections();
            Parallel.ForEach(adds, add => rejections.Add(Of(add.Item2, add.Item1), _eight.AddHours(add.Item1)));
            var summaries = rejections.Drain(_eight.AddHours(1_000));
            Assert.Equal(adds.Length, summaries.Sum(summary => summary.Total));
            Assert.True(summaries.Count <= 48);
            Assert.All(summaries, summary => Assert.InRange(summary.Samples.Count, 1, EventRejections.MostSamples));
            Assert.Equal(summaries.Select(summary => summary.Hour).Order(), summaries.Select(summary => summary.Hour));
            foreach (var reason in Enum.GetValues<RejectionReason>())
                Assert.Equal(adds.Count(add => add.Item2 == reason), summaries.Sum(summary => summary.Counts.GetValueOrDefault(reason)));
        }, iter: 200);
}
