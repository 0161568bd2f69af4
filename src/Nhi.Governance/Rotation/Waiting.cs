using Nhi.Governance.Credentials;

namespace Nhi.Governance.Rotation;

/// <summary>
/// Something that is due and cannot be done yet. <paramref name="Signal"/>: a short name for findings; <paramref name="Remedy"/>: what a person can do, null when time alone helps;
/// <paramref name="Until"/>: when it is worth another look, UTC, where that is known.
/// </summary>
public sealed record Waiting(CredentialId Credential, string Verb, string Subject, string Signal, string Why, string? Remedy = null, DateTimeOffset? Until = null)
{
    /// <summary>The signal of what a person paused.</summary>
    public const string Paused = "paused";
}
