namespace Nhi.Evidence.Records;

/// <summary>
/// What a record's blob name says: <paramref name="Time"/> the attempt's start (UTC, whole seconds), <paramref name="Slug"/> of the credential (empty where there is none),
/// <paramref name="Verb"/>, <paramref name="Stage"/> as <c>1-intent</c>, <c>2-ok</c>, …, <paramref name="Op"/>, and <paramref name="Suffix"/>: 16 hex characters where the plain name was squatted, else null.
/// </summary>
public sealed record RecordName(DateTimeOffset Time, string Slug, string Verb, string Stage, string Op, string? Suffix)
{
    /// <summary>True for a stage that opens an operation.</summary>
    public bool IsIntent => Stage == "1-intent";

    /// <summary>True for a stage that closes an intent: every <c>2-…</c>, and <c>3-reconciled</c>. <c>3-unknown</c> closes nothing.</summary>
    public bool Closes => Stage[0] == '2' || Stage == "3-reconciled";
}
