using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi pause</c> and <c>nhi resume</c>: nothing begins in a scope until it is lifted. The record comes first: a rebuild makes the row from it.</summary>
public sealed class PauseDesk(IPauses pauses, IVaultRegistry vaults, IEvidenceLog evidence, TimeProvider clock)
{
    /// <summary>Everything.</summary>
    public const string Everything = "*";

    /// <summary>The scope's facts stand in the record's resource under this type.</summary>
    internal const string ScopeType = "pause-scope";

    /// <summary>A longer pause is a decision of the policy.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>
    /// Pauses <c>*</c>, a vault's host or a credential id, until an instant (UTC) or until it is lifted. Throws <see cref="OperatorRefusedException"/>, <see cref="EvidenceRefusedException"/>;
    /// <see cref="ExternalCallException"/> when the record stands and the table does not answer: the same command again is right.
    /// </summary>
    public async Task<Pause> PauseAsync(string scope, DateTimeOffset? until, OperatorRequest request, CancellationToken ct)
    {
        var normal = Scope(scope);
        var now = OperatorRecords.Whole(clock.GetUtcNow());
        if (until is { } end && (end <= now || end > now + Longest))
            throw new OperatorRefusedException($"A pause ends in the future, within {Longest.TotalDays:0} days. Leave the end out to pause until nhi resume.");
        var record = await WriteAsync(Verbs.Pause, normal, $"{request.By} paused {Told(normal)}{(until is { } at ? $" until {at:yyyy-MM-dd HH:mm}Z" : "")}{OperatorRecords.Because(request)}.", until, request, now, ct);
        var pause = new Pause(normal, request.By, request.Reason, now, until, record.Path);
        await pauses.SetAsync(pause, ct);
        return pause;
    }

    /// <summary>Lifts a pause and returns it. Throws as <see cref="PauseAsync"/>, and <see cref="OperatorRefusedException"/> where none is in force.</summary>
    public async Task<Pause> ResumeAsync(string scope, OperatorRequest request, CancellationToken ct)
    {
        var normal = Scope(scope);
        var known = await pauses.CurrentAsync(ct);
        if (known.FirstOrDefault(candidate => candidate.Scope == normal) is not { } pause)
            throw new OperatorRefusedException($"{Told(normal)} is not paused. In force: {(known.Count == 0 ? "nothing" : string.Join(", ", known.Select(candidate => candidate.Scope)))}.");
        await WriteAsync(Verbs.Resume, normal, $"{request.By} lifted the pause of {Told(normal)}{OperatorRecords.Because(request)}.", null, request, OperatorRecords.Whole(clock.GetUtcNow()), ct);
        await pauses.LiftAsync(normal, ct);
        return pause;
    }

    private string Scope(string scope)
    {
        if (scope == Everything)
            return scope;
        if (CredentialId.TryParse(scope, out var id) && vaults.Find(id.Vault) is not null)
            return id.ToString();
        return vaults.Find(scope)?.Host ?? throw new OperatorRefusedException($"A pause covers everything (*), a vault in scope ({string.Join(", ", vaults.All.Select(vault => vault.Host))}) or a credential of one (kv:host/name).");
    }

    private static string Told(string scope) => scope == Everything ? "everything" : scope;

    private Task<RecordReference> WriteAsync(string verb, string scope, string summary, DateTimeOffset? until, OperatorRequest request, DateTimeOffset now, CancellationToken ct) =>
        evidence.WriteAsync(OperatorRecords.Of(verb, scope, request, now, summary, CredentialId.TryParse(scope, out var id) ? id : null, until) with
        {
            Resource = new ResourceFacts(scope, ScopeType),
        }, default, ct);
}
