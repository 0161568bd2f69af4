using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary><c>nhi owner assign</c> and <c>nhi owner confirm</c>: a person's word about who answers for a credential. The record comes first: a rebuild makes the row from it.</summary>
public sealed class OwnerDesk
{
    private readonly OperatorTargets _targets;
    private readonly PolicySubjects _subjects;
    private readonly IPolicySource _policies;
    private readonly IOwnerDirectory _directory;
    private readonly IOwnerBook _book;
    private readonly IInventory _inventory;
    private readonly IEvidenceLog _evidence;
    private readonly TimeProvider _clock;

    internal OwnerDesk(OperatorTargets targets, PolicySubjects subjects, IPolicySource policies, IOwnerDirectory directory, IOwnerBook book, IInventory inventory, IEvidenceLog evidence, TimeProvider clock) =>
        (_targets, _subjects, _policies, _directory, _book, _inventory, _evidence, _clock) = (targets, subjects, policies, directory, book, inventory, evidence, clock);

    /// <summary>
    /// Names the owner: an object id, a sign-in name, a mail address, or a name that no directory knows. Throws <see cref="OperatorRefusedException"/> for one who left or whom the directory could not look up,
    /// <see cref="EvidenceRefusedException"/>; <see cref="ExternalCallException"/> when the record stands and the table does not answer: the same command again is right.
    /// </summary>
    public async Task<OwnerWordGiven> AssignAsync(CredentialId id, string owner, OperatorRequest request, CancellationToken ct)
    {
        if (OwnerText.Read(owner) is not [var name])
            throw new OperatorRefusedException($"An owner is one name of at most {OwnerText.Longest} characters: an object id, a sign-in name, a mail address.");
        var target = await _targets.FindAsync(id, ct);
        var candidate = await CandidateAsync(name, ct);
        if (candidate.Left)
            throw new OperatorRefusedException($"{candidate.Name ?? candidate.Id} left: disabled or deleted in the directory. Name somebody who is there, best a group.");
        if (candidate.Type == "service")
            throw new OperatorRefusedException($"{candidate.Name ?? candidate.Id} is a service, which answers nobody. Name a person, best a group.");
        return await GiveAsync(OwnerRecords.Assign, target, candidate, request, (entry, word) => entry with { Assigned = word }, ct);
    }

    /// <summary>Says that a credential is still needed and who is chosen answers for it. Throws as <see cref="AssignAsync"/>, and <see cref="OperatorRefusedException"/> where nobody is chosen, or one who left.</summary>
    public async Task<OwnerWordGiven> ConfirmAsync(CredentialId id, OperatorRequest request, CancellationToken ct)
    {
        var target = await _targets.FindAsync(id, ct);
        var subject = _subjects.Of(target.Credential);
        var entry = await _book.FindAsync(id, ct);
        var resolution = await OwnerChain.ResolveAsync(subject, target.Resource?.Id, (await _policies.CurrentAsync(ct)).For(subject), entry, _directory, _clock.GetUtcNow(), ct);
        return resolution.Answer.Chosen switch
        {
            null => throw new OperatorRefusedException($"Nobody is known who answers for {id}{Unasked(resolution)}. Name somebody: nhi owner assign {id} OWNER."),
            { Left: true } left => throw new OperatorRefusedException($"{left.Name ?? left.Id}, who answered for {id}, left{Unasked(resolution)}. Name somebody else: nhi owner assign {id} OWNER."),
            { } chosen => await GiveAsync(OwnerRecords.Confirm, target, chosen with { Via = OwnerSources.Confirmed, Confidence = OwnerSources.Confidence(OwnerSources.Confirmed) }, request, (known, word) => known with { Confirmed = word }, ct),
        };
    }

    private static string Unasked(OwnerResolution resolution) => resolution.IsWhole ? "" : $" (could not be asked: {string.Join(", ", resolution.NotAsked)})";

    private async Task<OwnerCandidate> CandidateAsync(string name, CancellationToken ct)
    {
        var unknown = new OwnerCandidate(OwnerChoice.Text, name, null, OwnerSources.Assigned, OwnerSources.Confidence(OwnerSources.Assigned));
        if (!OwnerText.MayBeKnown(name))
            return unknown;
        try
        {
            return await _directory.FindAsync(name, ct) is { State: not PrincipalState.Unknown } known
                ? unknown with { Type = known.Type.ToString().ToLowerInvariant(), Id = known.Id, Name = known.Name, Left = known.State is not PrincipalState.Active }
                : unknown;
        }
        catch (ExternalCallException)
        {
            // A person's word counts also while the directory is down; the next sweep looks who it is.
            return unknown;
        }
    }

    private async Task<OwnerWordGiven> GiveAsync(string action, OperatorTarget target, OwnerCandidate owner, OperatorRequest request, Func<OwnerEntry, OwnerWord, OwnerEntry> with, CancellationToken ct)
    {
        var (id, now) = (target.Credential.Id, OperatorRecords.Whole(_clock.GetUtcNow()));
        var told = action == OwnerRecords.Assign ? $"named {owner.Name ?? owner.Id} as who answers for '{id.Name}'" : $"confirmed that '{id.Name}' is needed and {owner.Name ?? owner.Id} answers for it";
        var record = await _evidence.WriteAsync(OwnerRecords.Of(action, id, owner, request, now, $"{request.By} {told}{OperatorRecords.Because(request)}."), default, ct);
        if (target.Resource is { } resource)
            await _inventory.NoteOwnerAsync(resource.Id, id, owner, ct);
        await _book.ChangeAsync(id, entry => with(entry, new OwnerWord(owner.Id, request.By, now, record.Path)), ct);
        return new OwnerWordGiven(id, owner, request.By, now, record.Path);
    }
}

/// <summary>A person's word that stands in evidence.</summary>
public sealed record OwnerWordGiven(CredentialId Credential, OwnerCandidate Owner, string By, DateTimeOffset At, string Record);
