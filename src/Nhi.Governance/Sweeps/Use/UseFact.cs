using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// One principal's reads of one version, as the platform's own log shows them. <paramref name="Principal"/>: object id, else application id; <paramref name="Name"/>: a user's name where the log has it;
/// <paramref name="First"/>, <paramref name="Last"/>: UTC, governance time; <paramref name="Source"/>: whose log. The product's own identities are not among them; who was refused only because the version is disabled is: he may read it, and wanted to.
/// </summary>
public sealed record UseFact(CredentialId Credential, string Version, string Principal, string? Name, DateTimeOffset First, DateTimeOffset Last, long Reads, string Source)
{
    /// <summary>The version of a read whose line names none: whichever was current then.</summary>
    public const string Latest = "latest";

    /// <summary>The principal of a read whose line names none: anybody.</summary>
    public const string Unnamed = "unknown";
}
