namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>A program that uses the subject: it logs in with what it last read, and reads again on its own schedule, which knows nothing of rotations.</summary>
internal sealed class Consumer(Subject subject)
{
    /// <summary>How long a cutover may interrupt, governance time, a host's death in the middle included: what a maintenance window would be.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private string value = "";
    private DateTimeOffset? since;

    /// <summary>Refused, for a cutover outside its window.</summary>
    public int Failures { get; private set; }

    /// <summary>When it was refused first.</summary>
    public string? Trouble { get; private set; }

    public void Read() => value = subject.Read();

    /// <param name="now">Governance time.</param>
    /// <param name="when">For whoever reads of a failure.</param>
    public async Task LoginAsync(DateTimeOffset now, string when)
    {
        if (await subject.OpensAsync(value))
        {
            since = null;
            return;
        }

        if (subject.IsCutover)
        {
            Read();
            since ??= now;
            if (await subject.OpensAsync(value))
                since = null;
            else if (now - since > Window)
                Fail(when);
            return;
        }

        Fail(when);
    }

    private void Fail(string when)
    {
        Failures++;
        Trouble ??= when;
    }
}
