namespace Nhi.Local.Emulators;

/// <summary>What the platform has seen, in order.</summary>
public sealed class AuditTrail
{
    private readonly List<AuditFact> facts = [];

    /// <summary>Raised for each fact.</summary>
    public event Action<AuditFact>? Recorded;

    /// <summary>A copy of all.</summary>
    public IReadOnlyList<AuditFact> All
    {
        get
        {
            lock (facts) return [.. facts];
        }
    }

    internal void Record(AuditFact fact)
    {
        lock (facts) facts.Add(fact);
        Recorded?.Invoke(fact);
    }
}
