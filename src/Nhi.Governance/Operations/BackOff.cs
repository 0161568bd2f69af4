namespace Nhi.Governance.Operations;

/// <summary>
/// <paramref name="Tries"/> so far without an <c>ok</c>; nothing before <paramref name="NotBefore"/> (UTC, governance time).
/// <paramref name="Streak"/>: the last of them, where they ended alike and changed nothing.
/// </summary>
public sealed record BackOff(int Tries, DateTimeOffset NotBefore, Streak? Streak = null);
