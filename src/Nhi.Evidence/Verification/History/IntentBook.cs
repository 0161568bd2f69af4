using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.History;

/// <summary>
/// Intents and what closes them, across all shards: an operation begun at a year's end is closed in the next year's log. Remembers open operations whole and closed ones by 16 bytes.
/// </summary>
internal sealed class IntentBook(FindingBook book)
{
    // An intent without a deadline, or one that cannot be read, is due as operations usually are.
    private static readonly TimeSpan UsualDeadline = TimeSpan.FromMinutes(15);

    // No operation may take longer, whatever its intent says: a thief's deadline may be the last instant that there is.
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(1);
    private readonly Dictionary<string, Opened> open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Closing> ahead = new(StringComparer.Ordinal);
    private readonly NameSet closed = new();

    /// <summary>Operations that nothing closes so far.</summary>
    internal int Open => open.Count;

    /// <summary>Takes a leaf by its record, or by its name alone where the record cannot be read. True when it is the first that closes its operation.</summary>
    /// <param name="log">The log it stands in.</param>
    /// <param name="entry">Its line.</param>
    /// <param name="name">Its name, read back.</param>
    /// <param name="record">What it says.</param>
    /// <param name="created">When the service created it, UTC, where that is known.</param>
    /// <param name="index">Its place in the log.</param>
    internal bool Take(string log, BatchEntry entry, RecordName name, RecordGist? record, DateTimeOffset? created, long index)
    {
        if (name.IsIntent)
            return Begin(log, entry, name, record, created, index);
        var reference = record?.Intent;
        if (!name.Closes)
            return false;
        if (open.Remove(name.Op, out var opened))
        {
            closed.Add(NameSet.KeyOf(name.Op));
            if (reference is { } said)
                Compare(log, entry.Path, name.Op, said, opened, index);
            return true;
        }

        if (closed.Contains(NameSet.KeyOf(name.Op)))
        {
            book.Add(LogFindingKind.SecondClosing, log, entry.Path, index: index, op: name.Op);
            return false;
        }

        // Nothing promised it: a finding, a summary, what a person did. Or its intent comes later, out of another shard.
        if (reference is not null)
            ahead.TryAdd(name.Op, new Closing(log, entry.Path, index, reference.Value.Text()));
        return true;
    }

    /// <summary>All leaves are taken: names what is left.</summary>
    /// <param name="at">The instant to judge from.</param>
    /// <param name="openAfter">How long behind its deadline an intent is overdue.</param>
    /// <param name="whole">False when earlier leaves were not read: their intents are not known.</param>
    /// <param name="part">Logs of which earlier leaves were not read: what closes an intent of such a log stands behind it.</param>
    /// <param name="unreadUntil">An intent of another log that began until then may be closed where nobody looked.</param>
    internal void End(DateTimeOffset at, TimeSpan openAfter, bool whole, IReadOnlySet<string>? part = null, DateTimeOffset? unreadUntil = null)
    {
        foreach (var (op, intent) in open)
        {
            if (part?.Contains(intent.Log) is not true && intent.Begun <= unreadUntil)
                continue;
            var overdue = at - intent.Deadline > openAfter;
            book.Add(overdue ? LogFindingKind.IntentOpen : LogFindingKind.NotYet, intent.Log, intent.Entry.Path, index: intent.Index, op: op, expected: $"an outcome by {intent.Deadline:yyyy-MM-dd'T'HH:mm:ss'Z'}", found: overdue ? "none closes it" : "nothing closes it yet");
        }

        foreach (var (op, closing) in whole ? ahead : [])
            book.Add(LogFindingKind.IntentMissing, closing.Log, closing.Path, index: closing.Index, op: op, expected: closing.Reference.Path, found: $"it names '{closing.Reference.Path}'");
    }

    private bool Begin(string log, BatchEntry entry, RecordName name, RecordGist? record, DateTimeOffset? created, long index)
    {
        // A thief may write any time into the name; when it came the service knows.
        var begun = (created ?? record?.Recorded) is { } came && came < name.Time ? came : name.Time;
        var opened = new Opened(log, entry, begun, Due(begun, record?.Deadline), index);
        if (ahead.Remove(name.Op, out var closing))
        {
            closed.Add(NameSet.KeyOf(name.Op));
            Compare(closing.Log, closing.Path, name.Op, Utf8Reference.Of(closing.Reference), opened, closing.Index);
        }
        else if (!closed.Contains(NameSet.KeyOf(name.Op)))
        {
            // A second one stands beside a squatted name: whatever closes the operation closes both.
            open.TryAdd(name.Op, opened);
        }

        return false;
    }

    private static DateTimeOffset Due(DateTimeOffset begun, DateTimeOffset? said)
    {
        var latest = begun < DateTimeOffset.MaxValue - LongestDeadline ? begun + LongestDeadline : begun;
        return (said ?? (begun < DateTimeOffset.MaxValue - UsualDeadline ? begun + UsualDeadline : begun)) is var due && due < latest ? due : latest;
    }

    private void Compare(string log, string path, string op, in Utf8Reference reference, Opened opened, long index)
    {
        var there = opened.Entry;
        if (reference.IsTo(there.Path))
        {
            if (!reference.HasHash(there.RecordHash))
                book.Add(LogFindingKind.IntentDiffers, log, path, index: index, op: op, expected: there.Sha256, found: $"it names {reference.Text().Sha256}");
        }
        else if (reference.Text().Path is var other && RecordPath.Plain(other) != RecordPath.Plain(there.Path))
        {
            book.Add(LogFindingKind.IntentMissing, log, path, index: index, op: op, expected: there.Path, found: $"it names '{other}'");
        }
    }

    private sealed record Opened(string Log, BatchEntry Entry, DateTimeOffset Begun, DateTimeOffset Deadline, long Index);

    private sealed record Closing(string Log, string Path, long Index, RecordReference Reference);
}
