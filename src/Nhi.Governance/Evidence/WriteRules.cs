namespace Nhi.Governance.Evidence;

/// <summary>
/// How a record may be written. <paramref name="MayFallBack"/>: to the secondary account when the primary refuses (marks, revocations, kills, repairs, a begun cutover, and the closing of intents they meet).
/// <paramref name="FirstWriterWins"/>: the name comes from a timer or a fact, so an authentic record that is already there is the record.
/// </summary>
public readonly record struct WriteRules(bool MayFallBack = false, bool FirstWriterWins = false);
