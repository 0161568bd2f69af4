using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// One line of a vault's own log, with every text of it checked by its shape: what does not fit is not there, or stands as <c>[refused, n characters]</c>. Instants UTC, governance time.
/// </summary>
public sealed record AuditEvent
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>The vault's name, lower case.</summary>
    public required string Vault { get; init; }

    /// <summary>Its subscription, a GUID in lower case.</summary>
    public required string Subscription { get; init; }

    /// <summary>As <c>SecretGet</c>: letters only.</summary>
    public required string Operation { get; init; }
    public required AuditResult Result { get; init; }

    /// <summary>The secret, where it is about one of that vault.</summary>
    public CredentialId? Credential { get; init; }

    /// <summary>32 hex digits, lower case; null where the line names none.</summary>
    public string? Version { get; init; }

    /// <summary>GUID, lower case: the caller's object id.</summary>
    public string? ObjectId { get; init; }

    /// <summary>GUID, lower case: the caller's application.</summary>
    public string? AppId { get; init; }

    /// <summary>A user's name.</summary>
    public string? UserName { get; init; }

    /// <summary>An address.</summary>
    public string? Ip { get; init; }

    /// <summary>The request's id, where it is a GUID.</summary>
    public string? Correlation { get; init; }

    /// <summary>Object id, else application id; null where the vault recognised nobody.</summary>
    public string? Principal => ObjectId ?? AppId;
}

/// <summary>What became of a call.</summary>
public enum AuditResult
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>Refused only because the version is disabled: the caller may read it and wanted to.</summary>
    Disabled,

    /// <summary>The caller was not recognised or may not (401, 403).</summary>
    Denied,

    /// <summary>Anything else: not found, throttled, failed.</summary>
    Failed,
}
