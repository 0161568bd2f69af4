using Nhi.Governance.Credentials;

namespace Nhi.Governance.Policies.Sources;

/// <summary>
/// Keeps the last good policy in force, over any store. Asks the store at most once a minute; while one caller asks, the others go on with what is in force.
/// A text that does not validate, and a store that does not answer, leave the last good one in force and are <see cref="LastFault"/> until a good text is read.
/// Before the first good one every call asks, and throws what the contract of <see cref="IPolicySource"/> says.
/// </summary>
public sealed class ReloadingPolicySource : IPolicySource, IDisposable
{
    private static readonly TimeSpan _period = TimeSpan.FromMinutes(1);
    private readonly Func<string?, CancellationToken, Task<PolicyText?>> _read;
    private readonly string _name;
    private readonly ProductIdentities _own;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _oneReader = new(1, 1);
    private volatile YamlPolicy? _known;
    private volatile PolicyFaultSeen? _lastFault;
    private long _askedAt;
    private string? _etag;
    private PolicyFaultSeen? _badText;

    /// <param name="read">Given the ETag of the text that was read last (null: none), answers the text, or null when it is unchanged. Throws <see cref="ExternalCallException"/> when it cannot be read.</param>
    /// <param name="name">How faults name the text: a file's or a blob's name.</param>
    /// <param name="own">What no rule may name.</param>
    /// <param name="clock">Tells when a minute is over.</param>
    public ReloadingPolicySource(Func<string?, CancellationToken, Task<PolicyText?>> read, string name, ProductIdentities own, TimeProvider clock) =>
        (_read, _name, _own, _clock) = (read, name, own, clock);

    /// <summary>Why the newest text is not in force; null while it is.</summary>
    public PolicyFaultSeen? LastFault => _lastFault;

    public async ValueTask<Policy> CurrentAsync(CancellationToken ct)
    {
        if (_known is { } fresh && !IsDue())
            return fresh;
        var last = _known;
        if (!await _oneReader.WaitAsync(last is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, ct))
            return last!;
        // Until there is a policy, everybody waits for it.
        try
        {
            return _known is { } meanwhile && !IsDue() ? meanwhile : await AskAsync(ct);
        }
        finally
        {
            _oneReader.Release();
        }
    }

    public void Dispose() => _oneReader.Dispose();

    private bool IsDue() => _clock.GetElapsedTime(Volatile.Read(ref _askedAt)) >= _period;

    private async Task<Policy> AskAsync(CancellationToken ct)
    {
        Volatile.Write(ref _askedAt, _clock.GetTimestamp());
        try
        {
            var text = await _read(_known is null ? null : _etag, ct);
            if (text is not null)
                Take(text);
            else if (_known is null)
                throw new ExternalCallException($"The policy {_name} is said to be unchanged, and none was read before.", mayHaveHappened: false, transient: true);
            else
                Unchanged();
        }
        catch (Exception fault) when (fault is PolicyException or ExternalCallException)
        {
            _lastFault = new PolicyFaultSeen(_clock.GetUtcNow(), fault);
            if (fault is PolicyException)
                _badText = _lastFault;
            if (_known is null)
                throw;
        }

        return _known!;
    }

    private void Take(PolicyText text)
    {
        // The tag is kept for a bad text, too: it need not be read again until it changes.
        _etag = text.ETag;
        _known = YamlPolicy.Load(text.Bytes, _name, _own);
        (_lastFault, _badText) = (null, null);
    }

    // An unchanged text that was bad is still bad; a store that answers again is no fault any more.
    private void Unchanged()
    {
        if (_lastFault?.Fault is ExternalCallException)
            _lastFault = _badText;
    }
}

/// <summary><paramref name="At"/>: when it was seen, UTC. <paramref name="Fault"/>: a <see cref="PolicyException"/> or an <see cref="ExternalCallException"/>.</summary>
public sealed record PolicyFaultSeen(DateTimeOffset At, Exception Fault);
