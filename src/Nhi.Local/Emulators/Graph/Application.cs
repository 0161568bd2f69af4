namespace Nhi.Local.Emulators.Graph;

/// <summary>An application of the directory.</summary>
/// <param name="AppId">Client id.</param>
/// <param name="ObjectId">Object id, as Graph's path has it.</param>
/// <param name="DisplayName">What people call it.</param>
public sealed record Application(string AppId, string ObjectId, string DisplayName)
{
    /// <summary>Object ids of who may change it with <c>Application.ReadWrite.OwnedBy</c>.</summary>
    internal HashSet<string> Owners { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal List<PasswordCredential> Passwords { get; } = [];
}

/// <summary>One client secret; times are governance time.</summary>
internal sealed record PasswordCredential(
    string KeyId, string? DisplayName, string Secret, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset AcceptedFrom);

/// <summary>What the login thinks of a secret.</summary>
internal enum SecretVerdict
{
    Good,
    Expired,
    Unknown,
}
