using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operations;

/// <summary>
/// A resource's row while this instance holds it. Every mint, publication and kill is preceded by <see cref="RenewAsync"/>; a renewal that fails means that somebody else may be at work, so nothing more is done.
/// </summary>
public sealed class RowHold
{
    private readonly IOperations _operations;
    private readonly TimeProvider _clock;
    private RowReading _reading;
    private long _sent;

    internal RowHold(IOperations operations, TimeProvider clock, RowReading reading, long sent) => (_operations, _clock, _reading, _sent) = (operations, clock, reading, sent);

    public OperationRow Row => _reading.Row!;

    /// <summary>The intent that this attempt is about to write: it is not one that somebody left.</summary>
    internal string? Pending { get; set; }

    /// <summary>An intent that an earlier attempt left could not be read: until somebody can say what became of it, only what must not wait goes on.</summary>
    internal ExternalCallException? Unread { get; set; }

    /// <summary>The instant of the read before the row was taken: what every op of this attempt is named after.</summary>
    public DateTimeOffset Start => Row.Start!.Value;

    public long Fence => Row.Fence;

    /// <summary>The service's clock at the last answer, governance time.</summary>
    public DateTimeOffset Now => _reading.ServiceTime;

    /// <summary>The service's clock at this moment, or a little later: its last answer may have waited for a process that slept.</summary>
    internal DateTimeOffset Latest => Now + _clock.GetElapsedTime(_sent);

    /// <summary>Throws <see cref="HoldLostException"/> when the row is no longer ours, <see cref="ExternalCallException"/> when nobody answers.</summary>
    public Task RenewAsync(string step, CancellationToken ct) => ReplaceAsync(Row with { Step = step }, ct);

    /// <summary>The same where a renewal is not older than half a lease: for what is not to be done after a long sleep, and harms nobody for a moment.</summary>
    public Task RenewIfOldAsync(string step, CancellationToken ct) => _clock.GetElapsedTime(_sent) > Row.Lease / 2 ? RenewAsync(step, ct) : Task.CompletedTask;

    /// <summary>Names the next operation of this attempt on the row, counted as failed until it is cleared.</summary>
    internal Task BeginAsync(string op, string verb, string subject, CredentialId credential, string intentPath, BackOff backOff, CancellationToken ct) =>
        ReplaceAsync(Begun(Row, op, verb, subject, credential, intentPath, backOff), ct);

    internal static OperationRow Begun(OperationRow row, string op, string verb, string subject, CredentialId credential, string intentPath, BackOff backOff) => row with
    {
        Op = op,
        Verb = verb,
        Rotation = subject,
        Credential = credential,
        Step = "intent",
        OpenIntents = row.OpenIntents.Contains(intentPath) ? row.OpenIntents : [.. row.OpenIntents, intentPath],
        BackOff = With(row.BackOff, BackOffs.Key(verb, subject), backOff),
    };

    /// <summary>Remembers, for the next change of the row, that an intent is closed (or was never written) and by what.</summary>
    internal void Closed(string intentPath, string? outcomePath, string? settledKey = null)
    {
        var (rolled, _) = RollOf(intentPath);
        var backOff = rolled is null ? Row.BackOff : With(Row.BackOff, rolled, Row.BackOff[rolled] is { Tries: > 0 } still ? still with { Streak = still.Streak! with { Roll = null } } : null);
        _reading = _reading with
        {
            Row = Row with
            {
                OpenIntents = [.. Row.OpenIntents.Where(path => path != intentPath)],
                LastOutcome = outcomePath ?? Row.LastOutcome,
                BackOff = settledKey is null ? backOff : With(backOff, settledKey, Unfinished(backOff.GetValueOrDefault(settledKey))),
            },
        };
    }

    /// <summary>The intent's name was squatted, so it stands at another one.</summary>
    internal void Moved(string planned, string actual)
    {
        var (key, roll) = RollOf(planned);
        _reading = _reading with
        {
            Row = Row with
            {
                OpenIntents = [.. Row.OpenIntents.Select(path => path == planned ? actual : path)],
                BackOff = key is null ? Row.BackOff : With(Row.BackOff, key, Row.BackOff[key] with { Streak = Row.BackOff[key].Streak! with { Roll = roll! with { Intent = actual } } }),
            },
        };
    }

    /// <summary>Intents that cover tries of their day, none of which is under way, by the key of their back-off.</summary>
    internal IReadOnlyList<(string Key, Roll Roll)> Parked => [.. Row.BackOff.Where(pair => pair.Value.Streak?.Roll is { } roll && !Row.OpenIntents.Contains(roll.Intent)).Select(pair => (pair.Key, pair.Value.Streak!.Roll!))];

    /// <summary>What is remembered of an intent that covers many tries; nulls for any other intent.</summary>
    internal (string? Key, Roll? Roll) RollOf(string intentPath) => Row.BackOff.Where(pair => pair.Value.Streak?.Roll?.Intent == intentPath).Select(pair => ((string?)pair.Key, pair.Value.Streak!.Roll)).FirstOrDefault();

    /// <summary>The try ended as those before it: its intent waits for the next one, or for its day's end.</summary>
    internal void Park(string intentPath) => _reading = _reading with { Row = Row with { OpenIntents = [.. Row.OpenIntents.Where(path => path != intentPath)] } };

    /// <summary>How the last tries ended; null where they changed something.</summary>
    internal void Ended(string key, Streak? streak)
    {
        if (Row.BackOff.TryGetValue(key, out var backOff))
            _reading = _reading with { Row = Row with { BackOff = With(Row.BackOff, key, backOff with { Streak = streak }) } };
    }

    /// <summary>The row stays open until then, so that somebody looks again.</summary>
    internal void Settle(DateTimeOffset until) => _reading = _reading with
    {
        Row = Row with { SettleUntil = Row.SettleUntil is { } earlier && earlier > until ? earlier : until },
    };

    /// <summary>Nothing was tried, so the back-off is no longer than that.</summary>
    internal void Soften(string key, DateTimeOffset latest)
    {
        if (Row.BackOff.TryGetValue(key, out var backOff) && backOff.NotBefore > latest)
            _reading = _reading with { Row = Row with { BackOff = With(Row.BackOff, key, backOff with { NotBefore = latest }) } };
    }

    internal void Clear(string settledKey) => _reading = _reading with { Row = Row with { BackOff = With(Row.BackOff, settledKey, Unfinished(Row.BackOff.GetValueOrDefault(settledKey))) } };

    /// <summary>What must not be forgotten although nothing fails any more: an intent that has no outcome yet.</summary>
    private static BackOff? Unfinished(BackOff? backOff) => backOff?.Streak?.Roll is null ? null : new BackOff(0, DateTimeOffset.UnixEpoch, backOff.Streak);

    /// <summary>Closes the row, or leaves it open where an intent is open or it has to settle.</summary>
    public Task CloseAsync(CancellationToken ct)
    {
        var settled = Row.SettleUntil is null || Row.SettleUntil <= Now;
        var open = Row.OpenIntents.Count > 0 || !settled;
        return ReplaceAsync(Row with { Open = open, Step = open ? "settling" : "closed", SettleUntil = settled ? null : Row.SettleUntil }, ct);
    }

    private async Task ReplaceAsync(OperationRow row, CancellationToken ct)
    {
        var sent = _clock.GetTimestamp();
        _reading = await _operations.TryReplaceAsync(row, _reading.ETag!, ct)
            ?? throw new HoldLostException($"The row of {row.Resource} is no longer held by this instance: another one took it while this one waited. It does nothing more.");
        _sent = sent;
    }

    private static Dictionary<string, BackOff> With(IReadOnlyDictionary<string, BackOff> all, string key, BackOff? value)
    {
        var copy = new Dictionary<string, BackOff>(all);
        if (value is null)
            copy.Remove(key);
        else
            copy[key] = value;
        return copy;
    }
}
