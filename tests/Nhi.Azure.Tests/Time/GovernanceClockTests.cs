using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Time;

namespace Nhi.Azure.Tests.Time;

public sealed class GovernanceClockTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly FakeTimeProvider _real = new(Start);

    public void Dispose() => File.Delete(_file);

    private void Append(string text) => File.AppendAllText(_file, text);

    [Fact]
    public void Without_a_file_governance_time_is_real_time()
    {
        var clock = new GovernanceClock(real: _real);

        Assert.Equal(Start, clock.GetUtcNow());
        Assert.Equal(Start.AddDays(-3), clock.FromService(Start.AddDays(-3)));
    }

    [Fact]
    public void A_line_is_in_force_from_its_instant_on()
    {
        Append(GovernanceClock.Line(Start.AddHours(-1), TimeSpan.FromDays(-267)));
        Append(GovernanceClock.Line(Start.AddMinutes(1), TimeSpan.FromDays(-200)));
        var clock = new GovernanceClock(_file, _real);

        Assert.Equal(Start.AddDays(-267), clock.GetUtcNow());
        _real.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Start.AddMinutes(1).AddDays(-200), clock.GetUtcNow());
        Assert.Equal(Start.AddSeconds(59).AddDays(-267), clock.FromService(Start.AddSeconds(59)));
    }

    [Fact]
    public void The_newest_line_says_how_far_services_are_ahead_of_the_machine()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.Zero));
        Append(GovernanceClock.Line(Start.AddSeconds(1), TimeSpan.FromDays(3), TimeSpan.FromSeconds(1)));
        var clock = new GovernanceClock(_file, _real);

        Assert.Equal((Start.AddSeconds(1), Start.AddSeconds(1).AddDays(3)), (clock.RealNow, clock.GetUtcNow()));
        Assert.Equal(Start, clock.FromService(Start));
        Append(GovernanceClock.Line(Start.AddSeconds(1), TimeSpan.FromDays(4)));
        Assert.Equal(Start, clock.RealNow);
    }

    [Fact]
    public void A_stamp_from_before_the_first_line_is_mapped_by_the_first_line()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.FromDays(5)));
        var clock = new GovernanceClock(_file, _real);

        Assert.Equal(Start.AddSeconds(-1).AddDays(5), clock.FromService(Start.AddSeconds(-1)));
    }

    [Fact]
    public void Of_two_lines_with_one_instant_the_later_one_counts()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.FromDays(1)) + GovernanceClock.Line(Start, TimeSpan.FromDays(2)));

        Assert.Equal(Start.AddDays(2), new GovernanceClock(_file, _real).GetUtcNow());
    }

    [Fact]
    public void A_line_that_is_appended_counts_at_once()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.Zero));
        var clock = new GovernanceClock(_file, _real);
        Assert.Equal(Start, clock.GetUtcNow());

        Append(GovernanceClock.Line(Start, TimeSpan.FromDays(30)));

        Assert.Equal(Start.AddDays(30), clock.GetUtcNow());
    }

    [Fact]
    public void A_half_written_last_line_is_not_read_until_it_is_whole()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.FromDays(1)));
        var clock = new GovernanceClock(_file, _real);
        var line = GovernanceClock.Line(Start, TimeSpan.FromDays(2));

        for (var i = 1; i < line.Length; i++)
        {
            Append(line[(i - 1)..i]);
            Assert.Equal(Start.AddDays(1), clock.GetUtcNow());
        }

        Append(line[^1..]);
        Assert.Equal(Start.AddDays(2), clock.GetUtcNow());
    }

    [Fact]
    public async Task Readers_beside_a_writer_never_see_time_go_back()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.Zero));
        var clock = new GovernanceClock(_file, _real);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var last = DateTimeOffset.MinValue;
            while (!done.IsCancellationRequested)
            {
                var now = clock.GetUtcNow();
                Assert.True(now >= last, $"{now:O} after {last:O}");
                last = now;
            }
        })).ToArray();

        using (var writer = new FileStream(_file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            for (var day = 1; day <= 300; day++)
            {
                // In two pieces: a reader may come in between.
                var line = Encoding.UTF8.GetBytes(GovernanceClock.Line(Start, TimeSpan.FromDays(day)));
                writer.Write(line.AsSpan(0, 20));
                writer.Flush();
                writer.Write(line.AsSpan(20));
                writer.Flush();
            }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(Start.AddDays(300), clock.GetUtcNow());
    }

    [Fact]
    public void Every_offset_survives_its_line() =>
        Gen.OneOf(Gen.Long[-40_000L * 86_400, 40_000L * 86_400].Select(seconds => seconds * TimeSpan.TicksPerSecond), Gen.Long[-TimeSpan.TicksPerDay, TimeSpan.TicksPerDay]).Sample(ticks =>
        {
            var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            try
            {
                var offset = TimeSpan.FromTicks(ticks);
                File.WriteAllText(file, GovernanceClock.Line(Start, offset));
                return new GovernanceClock(file, new FakeTimeProvider(Start)).GetUtcNow() == Start + offset;
            }
            finally
            {
                File.Delete(file);
            }
        }, iter: 200, threads: 1);

    [Theory]
    [InlineData("yesterday 1.00:00:00\n", "yesterday 1.00:00:00")]
    [InlineData("2026-11-24T12:00:00.0000000+00:00\n", "is not an instant and an offset")]
    [InlineData("2026-11-24T12:00:00.0000000+00:00 soon\n", "is not an instant and an offset")]
    [InlineData("2026-11-24T12:00:00.0000000+00:00 0.00:00:00 far\n", "is not an instant and an offset")]
    public void A_line_that_is_none_is_named_with_its_file(string line, string expected)
    {
        Append(line);

        var fault = Assert.Throws<ClockFileException>(() => new GovernanceClock(_file, _real));

        Assert.Contains(_file, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_out_of_order_are_a_fault()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.Zero) + GovernanceClock.Line(Start.AddSeconds(-1), TimeSpan.Zero));

        Assert.Contains("older than the line before it", Assert.Throws<ClockFileException>(() => new GovernanceClock(_file, _real)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_or_empty_file_is_a_fault_with_a_remedy()
    {
        Assert.Contains("leave it out to use the system's time", Assert.Throws<ClockFileException>(() => new GovernanceClock(_file, _real)).Message, StringComparison.Ordinal);
        Append("");
        Assert.Contains("holds no line", Assert.Throws<ClockFileException>(() => new GovernanceClock(_file, _real)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delays_run_in_real_time_however_governance_time_jumps()
    {
        Append(GovernanceClock.Line(Start, TimeSpan.Zero));
        var clock = new GovernanceClock(_file, _real);
        var delay = Task.Delay(TimeSpan.FromSeconds(10), clock);

        Append(GovernanceClock.Line(Start, TimeSpan.FromDays(100)));
        Assert.Equal(Start.AddDays(100), clock.GetUtcNow());
        Assert.False(delay.IsCompleted);
        _real.Advance(TimeSpan.FromSeconds(10));

        await delay.WaitAsync(TimeSpan.FromSeconds(5));
    }
}
