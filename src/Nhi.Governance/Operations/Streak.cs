namespace Nhi.Governance.Operations;

/// <summary>Tries of one verb and subject that ended one after another with the same result for the same reason, and changed nothing.</summary>
/// <param name="Alike">Result and reason, hashed: what a provider says is for evidence, not for tables.</param>
/// <param name="Result">How each of them ended, as in the blob's name.</param>
/// <param name="Count">How many.</param>
/// <param name="Said">The outcome that tells the reason: its blob name.</param>
/// <param name="Roll">The intent that covers those of one day; null while each try has its own.</param>
public sealed record Streak(string Alike, string Result, int Count, string Said, Roll? Roll = null);
