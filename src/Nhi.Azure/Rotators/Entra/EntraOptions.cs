namespace Nhi.Azure.Rotators.Entra;

/// <summary>Settings <c>Nhi__Entra__…</c>.</summary>
public sealed record EntraOptions
{
    /// <summary>The tenant (a GUID or a verified domain) whose applications are rotated: where a new secret is tried. Needed by the kind <c>entra-app-secret</c> alone.</summary>
    public string? TenantId { get; init; }
}
