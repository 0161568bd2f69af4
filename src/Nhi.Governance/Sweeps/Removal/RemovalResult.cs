using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>What one run did about one credential.</summary>
/// <param name="Credential">Which.</param>
/// <param name="Verb">The step that was done or tried, one of <see cref="RemovalVerbs"/>; null: none.</param>
/// <param name="Result">As the record says it; null: no step.</param>
/// <param name="Why">Its reason, or what stands in the way; null: nothing to say.</param>
/// <param name="Record">The outcome's blob name.</param>
/// <param name="Note">As the table has it now; null where nothing is known of it.</param>
public sealed record RemovalResult(CredentialId Credential, string? Verb, string? Result, string? Why, string? Record, RemovalNote? Note);
