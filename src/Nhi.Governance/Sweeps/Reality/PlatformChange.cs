using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// One change that the platform itself logged. Every text was checked by its shape before it came here. Instants UTC, governance time.
/// </summary>
public sealed record PlatformChange
{
    public required DateTimeOffset Time { get; init; }
    public required ChangeKind Kind { get; init; }

    /// <summary>As the platform calls it, e.g. <c>SecretSet</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>What a finding is about: a credential's id, a resource's, a vault's host.</summary>
    public required string Subject { get; init; }

    /// <summary>The governed secret, and the version, where it is about one.</summary>
    public CredentialId? Credential { get; init; }
    public string? Version { get; init; }

    /// <summary>The provider-side resource, where it is about one.</summary>
    public ResourceId? Resource { get; init; }

    /// <summary>What the provider calls the credential that came or went, e.g. a key id.</summary>
    public string? Handle { get; init; }

    /// <summary>Object id, else application id; null where the platform recognised nobody.</summary>
    public string? Principal { get; init; }
    public string? AppId { get; init; }
    public string? UserName { get; init; }
    public string? Ip { get; init; }

    /// <summary>The request's id, where the platform says it.</summary>
    public string? Correlation { get; init; }

    /// <summary>The same for every line that tells of this change: what is read twice is one change.</summary>
    public string Key => CrockfordBase32.OfSha256(string.Create(CultureInfo.InvariantCulture, $"{Operation}\n{Subject}\n{Version}\n{Handle}\n{Time.UtcTicks}\n{Principal}\n{Correlation}"));

    /// <summary>One line for a person: what, when, who, from where. No value, and nothing that was not checked.</summary>
    public string ToFact() => string.Create(CultureInfo.InvariantCulture,
        $"{Time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Operation}{(Version ?? Handle) switch { null => "", var what => $" {what}" }} by {Who}{(Ip is null ? "" : $" from {Ip}")}");

    private string Who => (Principal, UserName, AppId) switch
    {
        (null, _, _) => "nobody that the platform recognised",
        (var id, { } name, _) => $"{name} ({id})",
        (var id, null, { } app) when app != id => $"{id} (application {app})",
        (var id, _, _) => id,
    };
}

/// <summary>What a change does: it decides what evidence explains it, and how bad it is without.</summary>
public enum ChangeKind
{
    /// <summary>A new version of a secret.</summary>
    Published,

    /// <summary>Attributes or tags of a version.</summary>
    Altered,

    /// <summary>A secret was deleted, purged, recovered or restored.</summary>
    Removed,

    /// <summary>A secret left its vault as a backup.</summary>
    CopiedOut,

    /// <summary>A credential was minted at its provider: a key regenerated, a secret added.</summary>
    Minted,

    /// <summary>A credential was removed at its provider.</summary>
    Killed,

    /// <summary>Who may reach a vault or a resource was changed.</summary>
    Access,

    /// <summary>A diagnostic setting was deleted or changed.</summary>
    Diagnostics,

    /// <summary>An event subscription was deleted or changed.</summary>
    Subscription,

    /// <summary>An immutability policy was deleted or changed.</summary>
    Immutability,

    /// <summary>An assignment of Azure Policy was deleted, or something was exempted from one.</summary>
    Policy,

    /// <summary>A lock was deleted.</summary>
    Lock,

    /// <summary>Not a change: the vault said that a version's end is near. It wants an answer within a day.</summary>
    NearExpiry,
}
