using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>What one step does, before it is begun: the same object is promised and carried out.</summary>
/// <param name="Verb">One of <see cref="RemovalVerbs"/>.</param>
/// <param name="Why">For the record.</param>
/// <param name="Updates">Versions with what is written to each, in order.</param>
internal sealed record RemovalAttempt(string Verb, string Why, Func<string, IReadOnlyList<(CredentialVersion Version, VersionUpdate Update)>> Updates)
{
    /// <summary>What is killed at the provider before the updates; null: nothing.</summary>
    public string? Kill { get; init; }

    /// <summary>The handle that the attempt is about, killed or found dead; null where there is none.</summary>
    public string? Handle { get; init; }

    /// <summary>The versions that a restore would enable and that the kill takes: marked as being revoked before it, so that nothing dead is given back, and put back where the provider refuses.</summary>
    public IReadOnlyList<CredentialVersion> Marked { get; init; } = [];

    /// <summary>True where the secret itself is deleted, after everything else.</summary>
    public bool Deletes { get; init; }

    /// <summary>The versions that die.</summary>
    public IReadOnlyList<CredentialVersion> Buried { get; init; } = [];

    /// <summary>Since when and until when it was in quarantine.</summary>
    public (DateTimeOffset Since, DateTimeOffset Until)? Owed { get; init; }
}
