using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

public sealed class LogSpansTests
{
    private static readonly DateTimeOffset _start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A vault of which a line comes each half hour is heard all the time: what is claimed over days wants no more.</summary>
    [Theory, InlineData(30, 1), InlineData(60, 1), InlineData(61, 49)]
    public void S21_silences_of_up_to_an_hour_part_no_stretch(int minutes, int stretches)
    {
        var spans = new LogSpans([]);
        for (var i = 0; i < 49; i++)
            spans.Add(_start.AddMinutes(i * minutes));
        Assert.Equal(stretches, spans.Stretches().Count);
        Assert.Equal(spans.Stretches()[^1], spans.Newest());
        Assert.Equal(stretches == 1 ? TimeSpan.FromMinutes(48 * minutes) : TimeSpan.Zero, new UseWindow(spans.Newest()!.From, spans.End!.Value) { Heard = spans.Stretches() }.HeardSince(_start));
    }

    /// <summary>What is claimed of an hour wants one stretch from before it to after it.</summary>
    [Theory, InlineData(0, 60, true), InlineData(10, 50, true), InlineData(-1, 60, false), InlineData(0, 61, false), InlineData(50, 130, false), InlineData(70, 110, false), InlineData(120, 180, true)]
    public void S21_one_stretch_covers_a_time_whole_or_nothing_does(int from, int to, bool covers)
    {
        var spans = new LogSpans([new LogSpan(_start, _start.AddHours(1)), new LogSpan(_start.AddHours(2), _start.AddHours(3))]);
        Assert.Equal(covers, spans.Covers(_start.AddMinutes(from), _start.AddMinutes(to)));
    }
}
