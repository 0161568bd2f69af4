using CsCheck;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Tests.Policies;

/// <summary>At, just before, just after: windows, over midnight too, and freezes.</summary>
public sealed class WindowTests
{
    // 2026-03-07 is a Saturday.
    private static readonly MaintenanceWindow _saturdayNight = new([DayOfWeek.Saturday], new TimeOnly(22, 0), new TimeOnly(4, 0));
    private static readonly MaintenanceWindow _saturdayMorning = new([DayOfWeek.Saturday], new TimeOnly(2, 0), new TimeOnly(4, 0));
    private static readonly MaintenanceWindow _wholeSaturday = new([DayOfWeek.Saturday], new TimeOnly(0, 0), new TimeOnly(0, 0));
    private static readonly Freeze _freeze = new(At("2026-12-20T00:00:00Z"), At("2026-12-21T06:30:00Z"), "rest");

    [Theory]
    [InlineData("2026-03-07T21:59:59.9999999Z", false)]
    [InlineData("2026-03-07T22:00:00Z", true)]
    [InlineData("2026-03-07T23:59:59.9999999Z", true)]
    [InlineData("2026-03-08T00:00:00Z", true)]
    [InlineData("2026-03-08T03:59:59.9999999Z", true)]
    [InlineData("2026-03-08T04:00:00Z", false)]
    [InlineData("2026-03-07T03:00:00Z", false)] // Friday's night
    [InlineData("2026-03-08T22:30:00Z", false)]
    [InlineData("2026-03-08T00:30:00+03:00", false)] // 21:30 UTC on Saturday
    [InlineData("2026-03-08T01:00:00+03:00", true)]
    public void A_window_over_midnight_belongs_to_the_day_it_begins_on(string now, bool inside) => Assert.Equal(inside, _saturdayNight.Contains(At(now)));

    [Theory]
    [InlineData("2026-03-07T01:59:59.9999999Z", false)]
    [InlineData("2026-03-07T02:00:00Z", true)]
    [InlineData("2026-03-07T03:59:59.9999999Z", true)]
    [InlineData("2026-03-07T04:00:00Z", false)]
    [InlineData("2026-03-08T03:00:00Z", false)]
    public void A_window_within_a_day_has_its_start_and_not_its_end(string now, bool inside) => Assert.Equal(inside, _saturdayMorning.Contains(At(now)));

    [Theory]
    [InlineData("2026-03-06T23:59:59.9999999Z", false)]
    [InlineData("2026-03-07T00:00:00Z", true)]
    [InlineData("2026-03-07T23:59:59.9999999Z", true)]
    [InlineData("2026-03-08T00:00:00Z", false)]
    public void A_window_that_ends_as_it_begins_is_a_whole_day(string now, bool inside) => Assert.Equal(inside, _wholeSaturday.Contains(At(now)));

    [Theory]
    [InlineData("2026-12-19T23:59:59.9999999Z", false)]
    [InlineData("2026-12-20T00:00:00Z", true)]
    [InlineData("2026-12-21T06:29:59.9999999Z", true)]
    [InlineData("2026-12-21T06:30:00Z", false)]
    public void A_freeze_has_its_start_and_not_its_end(string now, bool inside) => Assert.Equal(inside, _freeze.Contains(At(now)));

    [Fact]
    public void Nothing_begins_in_a_freeze_whatever_the_windows_say()
    {
        var policy = new EffectivePolicy { Rule = "r", Sha256 = "", Freezes = [_freeze] };
        Assert.False(policy.MayBegin(_freeze.From));
        Assert.True(policy.MayBegin(_freeze.To));
        Assert.False((policy with { Windows = [_saturdayNight] }).MayBegin(_freeze.To));
    }

    [Fact]
    public void A_window_and_its_complement_on_all_days_never_overlap_and_leave_nothing_out() =>
        Gen.Select(Gen.Int[0, 1439], Gen.Int[0, 1439], Gen.Int[0, (14 * 1440 * 60) - 1]).Where((from, to, _) => from != to).Sample((from, to, second) =>
        {
            var (start, end) = (new TimeOnly(from / 60, from % 60), new TimeOnly(to / 60, to % 60));
            var now = At("2026-03-02T00:00:00Z").AddSeconds(second);
            Assert.True(new MaintenanceWindow([], start, end).Contains(now) ^ new MaintenanceWindow([], end, start).Contains(now));
        });

    [Fact]
    public void A_window_of_one_day_is_open_as_long_as_it_is_wide_each_week() =>
        Gen.Select(Gen.Int[0, 95], Gen.Int[0, 95], Gen.Int[0, 6]).Sample((from, to, day) =>
        {
            var window = new MaintenanceWindow([(DayOfWeek)day], new TimeOnly(from / 4, from % 4 * 15), new TimeOnly(to / 4, to % 4 * 15));
            var open = Enumerable.Range(0, 7 * 96).Count(quarter => window.Contains(At("2026-03-02T00:00:00Z").AddMinutes(15 * quarter)));
            Assert.Equal(to > from ? to - from : 96 - from + to, open);
        });

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
