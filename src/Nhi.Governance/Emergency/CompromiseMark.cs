using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Emergency;

/// <summary>
/// An emergency as evidence tells it: which version of which secret, its handle and the fingerprint of its value as far as they were known, the record that says so, and when it was declared (UTC).
/// </summary>
public sealed record CompromiseMark(CredentialId Credential, string Version, string? Handle, string? Fingerprint, string Record, DateTimeOffset Time)
{
    /// <summary>Null when the record is no mark.</summary>
    public static CompromiseMark? Of(EvidenceRecord record, string path) =>
        record.Action == Rotation.Verbs.Action(Rotation.Verbs.Emergency)
        && CredentialId.TryParse(record.Credential?.Id, out var credential)
        && record.Change?.Before?.Version is { } version
            ? new CompromiseMark(credential, version, record.Credential!.Handle, record.Credential.Fingerprint, path, record.Time)
            : null;

    /// <summary>True when that version holds the marked value.</summary>
    public bool Names(CredentialId credential, string version, string? handle, string? fingerprint, OverlapClass overlap) =>
        (Credential == credential && Version == version)
        || (Handle is not null && Handle == handle && overlap is (OverlapClass.Multi or OverlapClass.DualSlot))
        || (Fingerprint is not null && Fingerprint == fingerprint);
}
