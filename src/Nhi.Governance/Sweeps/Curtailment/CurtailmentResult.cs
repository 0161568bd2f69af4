using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>A step of one role of an identity that was done or tried.</summary>
/// <param name="Identity">Whose.</param>
/// <param name="Assignment">The assignment's ARM id; null where it is not there.</param>
/// <param name="Verb">One of <see cref="CurtailmentVerbs"/>.</param>
/// <param name="Result">As the record says it.</param>
/// <param name="Record">The record's blob name.</param>
public sealed record CurtailmentResult(ResourceId Identity, string? Assignment, string Verb, string Result, string Record);
