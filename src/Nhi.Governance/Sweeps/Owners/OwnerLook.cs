using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// Who answers for a credential as a sweep sees it: told in evidence when the answer is another one than before, and remembered. The directory is asked at once where a tag, a person's word, the policy or the
/// resource changed, else about once a day: people leave by the day, and an estate has more credentials than a directory answers in an hour.
/// </summary>
public sealed class OwnerLook(IOwnerBook book, IInventory inventory, IEvidenceLog evidence, PolicySubjects subjects)
{
    /// <summary>
    /// Resolves, and tells what is news. Where only the time of asking is, nothing is written: the caller notes it (<see cref="OwnerSeen.IsAskedAgain"/>). Where a source could not be asked, what was known counts on, unless the question is another one and a better word came, and nothing is told.
    /// Throws <see cref="EvidenceRefusedException"/>, <see cref="ExternalCallException"/>.
    /// </summary>
    public async Task<OwnerSeen> LookAsync(SweptCredential swept, OwnerEntry? known, EffectivePolicy policy, IOwnerDirectory directory, Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        var subject = subjects.Of(swept.Id, swept.Newest.Tags);
        var question = Question(subject, swept.Resource, policy, known);
        if (known?.Asked?.Of == question && Daily.IsFresh(swept.Id.ToString(), known.Asked.At, now))
            return new OwnerSeen(known.Answer ?? OwnerAnswer.Nobody, true, known);
        var resolution = await OwnerChain.ResolveAsync(subject, swept.Resource, policy, known, directory, now, ct);
        if (!resolution.IsWhole)
            return new OwnerSeen(known is { Answer: { } told } && known.Asked?.Of == question ? told : Better(known?.Answer, resolution.Answer), false, known);
        var answer = resolution.Answer;
        var isNews = !(known?.Answer ?? OwnerAnswer.Nobody).SaysTheSameAs(answer);
        // Another question may be that of another resource.
        if (swept.Resource is { } opened && (isNews || known?.Asked?.Of != question))
            await inventory.NoteOwnerAsync(opened, swept.Id, answer.Chosen, ct);
        if (isNews)
            await evidence.WriteAsync(OwnerRecords.Resolved(swept.Id, swept.Kind, answer, policy, trigger, Trigger.Floor(now, TimeSpan.FromSeconds(1))), new WriteRules(FirstWriterWins: true), ct);
        var asked = new OwnersAsked(question, now);
        if (!isNews && known is { Answer: not null })
            return new OwnerSeen(answer, true, known with { Asked = asked }) { IsAskedAgain = true };
        return new OwnerSeen(answer, true, await book.ChangeAsync(swept.Id, entry => entry with { Answer = answer, Asked = asked }, ct));
    }

    private static string Question(PolicySubject subject, ResourceId? resource, EffectivePolicy policy, OwnerEntry? known) => CrockfordBase32.OfSha256(string.Join('\n',
        [subject.Owner ?? "", policy.Owner ?? "", resource?.Value ?? "", Said(known?.Assigned), Said(known?.Confirmed)]));

    private static string Said(OwnerWord? word) => word is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{word.At:O} {word.Owner}");

    private static OwnerAnswer Better(OwnerAnswer? known, OwnerAnswer asked) =>
        known?.Chosen is { } old && !(asked.Chosen is { Left: false } now && now.Confidence >= old.Confidence) ? known : asked;
}

/// <summary>Who answers; whether every source was asked; what is remembered of persons' words.</summary>
public sealed record OwnerSeen(OwnerAnswer Answer, bool IsWhole, OwnerEntry? Entry)
{
    /// <summary>Nothing of the entry is new but when its sources were asked, which nobody has noted yet.</summary>
    public bool IsAskedAgain { get; init; }
}
