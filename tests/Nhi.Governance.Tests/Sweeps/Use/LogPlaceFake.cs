using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

/// <summary>A place in which late lines lie between others, as a workspace is: a part that grew is given again from its beginning, and is measured by its lines.</summary>
internal sealed class LogPlaceFake(SweepMemory clock, string name = "workspace") : IPlatformLog
{
    public string Name => name;
    public TimeSpan Lag => TimeSpan.FromMinutes(15);

    /// <summary>When a line can be read, and of when it is.</summary>
    public List<(DateTimeOffset Visible, DateTimeOffset At, byte[] Bytes)> Lines { get; } = [];
    public bool Fails { get; set; }

    public async IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        if (Fails)
            throw new ExternalCallException("down", mayHaveHappened: false, transient: true);
        foreach (var hour in Lines.Where(line => line.Visible <= clock.Now).GroupBy(line => Hour(line.At)).Where(hour => hour.Key >= from && hour.Key <= to).OrderBy(hour => hour.Key))
            yield return new LogPart($"{vaultHost}/{hour.Key:O}", hour.Key, hour.Count());
    }

    public async IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        var next = 0;
        foreach (var line in Lines.Where(line => line.Visible <= clock.Now && Hour(line.At) == part.Hour).OrderBy(line => line.At))
            yield return new LogLine(line.Bytes, ++next, Ended: true);
    }

    private static DateTimeOffset Hour(DateTimeOffset at) => Nhi.Governance.Triggers.Trigger.Floor(at, TimeSpan.FromHours(1));
}
