using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operators;

/// <summary>What a person named: the handle of <paramref name="Version"/>, or (version null) a place that is free. <paramref name="Handle"/>: the whole handle; <paramref name="Record"/>: blob name of the record that says so.</summary>
public sealed record Adoption(CredentialId Credential, string Resource, string? Version, string Handle, string Record);
