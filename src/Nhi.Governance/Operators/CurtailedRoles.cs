using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Operators;

/// <summary>What was taken away from an identity and is not known to be there again, out of evidence.</summary>
internal sealed class CurtailedRoles(ICurtailments curtailments, IEvidenceLog evidence)
{
    /// <summary>None for what is no identity. Throws <see cref="OperatorRefusedException"/> where the record that holds one cannot be read, <see cref="ExternalCallException"/> where nobody answers.</summary>
    public async Task<IReadOnlyList<CurtailedRole>> OfAsync(ResourceId? identity, CancellationToken ct)
    {
        if (identity is not { } id || OwnerChain.ApplicationOf(id) is null)
            return [];
        List<CurtailedRole> roles = [];
        foreach (var note in await CurtailmentMemory.MergeAsync(evidence, await evidence.OfResourceAsync(id, ct), id, await curtailments.OfAsync(id, ct), ct))
            if (note.Step == CurtailmentStep.Curtailed)
                roles.Add(await evidence.ReadAsync(note.Record, ct) is { Record: { Assignment: { } assignment } record } && CredentialId.TryParse(record.Credential?.Id, out var credential)
                    ? new CurtailedRole(credential, assignment, record.Decision?.Reasons is [var what, ..] ? what : assignment.Role, note.Since, note.Record, RestoreLine.Of(assignment))
                    : throw new OperatorRefusedException($"The record {note.Record}, which holds a role that was taken away, cannot be read. Look at the evidence account, or at its copies (nhi evidence show)."));
        return roles;
    }

    /// <summary>The assignment of that ARM id; null where none of that id is known to be away. Throws as <see cref="OfAsync"/>.</summary>
    public async Task<CurtailedRole?> FindAsync(string assignment, CancellationToken ct)
    {
        var identities = await curtailments.ListAsync(ct).Where(note => assignment.StartsWith(note.Scope + "/", StringComparison.OrdinalIgnoreCase)).Select(note => note.Identity).Distinct().ToListAsync(ct);
        foreach (var identity in identities)
            if ((await OfAsync(identity, ct)).FirstOrDefault(role => role.Assignment.Id.Equals(assignment, StringComparison.OrdinalIgnoreCase)) is { } found)
                return found;
        return null;
    }
}

/// <summary>A role that was taken away. <paramref name="Credential"/>: what opens its identity; <paramref name="What"/>: for a person; <paramref name="Since"/>: UTC; <paramref name="Record"/>: the blob that holds it; <paramref name="Command"/>: makes it again.</summary>
public sealed record CurtailedRole(CredentialId Credential, AssignmentFacts Assignment, string What, DateTimeOffset Since, string Record, string Command);
