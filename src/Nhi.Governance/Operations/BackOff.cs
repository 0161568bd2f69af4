namespace Nhi.Governance.Operations;

/// <summary><paramref name="Tries"/> so far without an <c>ok</c>; nothing before <paramref name="NotBefore"/> (UTC, governance time).</summary>
public sealed record BackOff(int Tries, DateTimeOffset NotBefore);
