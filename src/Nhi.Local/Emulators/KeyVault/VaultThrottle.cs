namespace Nhi.Local.Emulators.KeyVault;

/// <summary>The limits of one vault: 300 new versions and 4,000 other calls in 10 seconds of real time. Refused calls do not count.</summary>
internal sealed class VaultThrottle(TimeProvider real)
{
    private const int MostCreates = 300;
    private const int MostOthers = 4000;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Queue<long> creates = new();
    private readonly Queue<long> others = new();

    /// <summary>Whether this call is still within the limit.</summary>
    public bool Admit(bool creates)
    {
        var (calls, most) = creates ? (this.creates, MostCreates) : (others, MostOthers);
        lock (calls)
        {
            while (calls.Count > 0 && real.GetElapsedTime(calls.Peek()) > Window) calls.Dequeue();
            if (calls.Count >= most) return false;
            calls.Enqueue(real.GetTimestamp());
            return true;
        }
    }
}
