using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation;

/// <summary>What one attempt has seen already, so that nothing is asked twice within it: verdicts and values by version, and lists that were read a moment ago.</summary>
internal sealed class AttemptMemory
{
    public Dictionary<string, Verdict> Verdicts { get; } = [];
    public Dictionary<string, SecretMaterial> Values { get; } = [];

    private readonly Dictionary<CredentialId, VersionList> _fresh = [];

    public void Keep(CredentialId id, VersionList list) => _fresh[id] = list;

    /// <summary>A list that was read after the last effect; it serves once.</summary>
    public VersionList? Take(CredentialId id) => _fresh.Remove(id, out var list) ? list : null;
}
