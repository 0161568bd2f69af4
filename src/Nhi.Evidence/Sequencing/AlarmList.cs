namespace Nhi.Evidence.Sequencing;

/// <summary>Alarms that no report has said yet. Each is said once, and a few at a time; those of a run that failed are said by the next one that does not.</summary>
internal sealed class AlarmList
{
    private const int MostUnsaid = 20;
    private const int MostSaid = 1_000;
    private readonly HashSet<SequencerAlarm> said = [];
    private List<SequencerAlarm> unsaid = [];

    /// <summary>Told of each at once: a process that dies before its report has said it.</summary>
    internal Action<SequencerAlarm>? OnAlarm { get; set; }

    internal void Add(SequencerAlarm alarm)
    {
        if (said.Count >= MostSaid)
            said.Clear();
        // What only a thief of the log key can do is never crowded out by junk, which anybody who may write can put there first.
        if ((unsaid.Count >= MostUnsaid && alarm.Kind is not (SequencerAlarmKind.Fork or SequencerAlarmKind.ForeignKey)) || !said.Add(alarm))
            return;
        unsaid.Add(alarm);
        OnAlarm?.Invoke(alarm);
    }

    internal IReadOnlyList<SequencerAlarm> Take()
    {
        if (unsaid.Count == 0)
            return [];
        var all = unsaid;
        unsaid = [];
        return all;
    }
}
