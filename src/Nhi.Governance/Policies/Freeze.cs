namespace Nhi.Governance.Policies;

/// <summary>A time in which nothing begins: from <paramref name="From"/> (inside) to <paramref name="To"/> (outside), UTC.</summary>
public sealed record Freeze(DateTimeOffset From, DateTimeOffset To, string Reason)
{
    public bool Contains(DateTimeOffset now) => now >= From && now < To;
}
