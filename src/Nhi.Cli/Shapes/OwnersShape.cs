using System.ComponentModel;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi owners</c>.</summary>
internal sealed record OwnersShape([property: Description("One for each credential that was asked for.")] IReadOnlyList<OwnedShape> Credentials);

internal sealed record OwnedShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Who answers for it; null where nobody is known.")] CandidateShape? Chosen,
    [property: Description("Who else was named, best first.")] IReadOnlyList<CandidateShape> RunnersUp,
    [property: Description("When a person last confirmed that it is needed.")] DateTimeOffset? Confirmed,
    [property: Description("Who did.")] string? ConfirmedBy,
    [property: Description("When the next confirmation is due; null where the policy never asks, the credential is gone, or it is not known.")] DateTimeOffset? ConfirmBy,
    [property: Description("Why that is not known; null where it is.")] string? DueUnknown);

internal sealed record CandidateShape(
    [property: Description("`user`, `group`, `service`, or `text` where no directory knows the name.")] string Type,
    [property: Description("Object id, else the text.")] string Id,
    [property: Description("Mail address, sign-in name or display name.")] string? Name,
    [property: Description("Where it was read.")] string Via,
    [property: Description("0 to 100.")] int Confidence,
    [property: Description("Disabled or deleted in the directory.")] bool Left)
{
    public static CandidateShape Of(OwnerCandidate candidate) => new(candidate.Type, candidate.Id, candidate.Name, candidate.Via, candidate.Confidence, candidate.Left);
}

/// <summary><c>nhi owner assign</c> and <c>nhi owner confirm</c>.</summary>
internal sealed record OwnerWordShape(
    [property: Description("The credential's id.")] string Credential,
    [property: Description("`assigned` or `confirmed`.")] string State,
    [property: Description("Who answers for it now.")] string Owner,
    [property: Description("Its name in the directory; null where that knows none.")] string? Name,
    [property: Description("Who said so.")] string By,
    [property: Description("The record of it.")] string Record);
