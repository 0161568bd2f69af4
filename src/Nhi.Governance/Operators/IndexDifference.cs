namespace Nhi.Governance.Operators;

/// <summary>
/// The index as it stands against the one that the containers give. <paramref name="Rows"/>: rows that the containers give; <paramref name="Missing"/>, <paramref name="Different"/>, <paramref name="Extra"/>: rows of the table;
/// <paramref name="Examples"/>: keys of the first ten.
/// </summary>
public sealed record IndexDifference(long Rows, long Missing, long Different, long Extra, IReadOnlyList<string> Examples)
{
    public bool IsEqual => Missing == 0 && Different == 0 && Extra == 0;
}
