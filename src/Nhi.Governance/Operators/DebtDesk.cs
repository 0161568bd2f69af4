using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Rotation.Planning;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi debts hold</c> and <c>release</c>: a person keeps what is owed alive for a while. A mark overrules every hold. The record comes first: a rebuild makes the note from it.</summary>
public sealed class DebtDesk
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    private readonly OperatorTargets _targets;
    private readonly ResourceLooker _looker;
    private readonly IDebts _debts;
    private readonly IEvidenceLog _evidence;

    internal DebtDesk(OperatorTargets targets, ResourceLooker looker, IDebts debts, IEvidenceLog evidence) =>
        (_targets, _looker, _debts, _evidence) = (targets, looker, debts, evidence);

    /// <summary>
    /// Holds a handle of the credential (the only one that is owed when <paramref name="handle"/> is null) until an instant, UTC: also the current one whose policy says <c>onExpired: revoke</c>. Throws <see cref="OperatorRefusedException"/>,
    /// <see cref="ExternalCallException"/>, <see cref="EvidenceRefusedException"/>; doing it again is right.
    /// </summary>
    public async Task<DebtNote> HoldAsync(CredentialId id, string? handle, DateTimeOffset until, OperatorRequest request, CancellationToken ct)
    {
        var (look, secret) = await LookAsync(id, ct);
        if (until <= look.Now || until > look.Now + Longest)
            throw new OperatorRefusedException($"A hold ends in the future, within {Longest.TotalDays:0} days.");
        var owed = Choose(secret, Owed(look, secret, handle), handle, "owed");
        await WriteAsync(Verbs.Hold, $"{request.By} holds '{owed}' of '{id.Name}' until {until:yyyy-MM-dd HH:mm}Z{OperatorRecords.Because(request)}.", owed, until, look, secret, request, ct);
        return await _debts.ChangeAsync(look.Resource.Id, owed, note => note with { Credential = id, HeldUntil = until, HeldBy = request.By, HeldWhy = request.Reason }, ct);
    }

    /// <summary>Lets go what a person held. Throws as <see cref="HoldAsync"/>.</summary>
    public async Task<DebtNote> ReleaseAsync(CredentialId id, string? handle, OperatorRequest request, CancellationToken ct)
    {
        var (look, secret) = await LookAsync(id, ct);
        var held = Choose(secret, [.. (await _debts.OfAsync(look.Resource.Id, ct)).Where(note => note.HeldUntil > look.Now).Select(note => note.Handle)], handle, "held");
        await WriteAsync(Verbs.Release, $"{request.By} released '{held}' of '{id.Name}'{OperatorRecords.Because(request)}.", held, null, look, secret, request, ct);
        return await _debts.ChangeAsync(look.Resource.Id, held, note => note with { Credential = id, HeldUntil = null, HeldBy = null, HeldWhy = null }, ct);
    }

    private async Task<(ResourceLook, SecretLook)> LookAsync(CredentialId id, CancellationToken ct)
    {
        var target = await _targets.FindGovernedAsync(id, ct);
        var look = await _looker.LookAsync(target.Resource, target.Rotator, id, new AttemptMemory(), [], DateTimeOffset.MinValue, ct);
        return (look, look.Secrets.FirstOrDefault(secret => secret.Id == id) ?? throw new OperatorRefusedException($"{id} changed while it was looked at. Try again."));
    }

    /// <summary>What is owed, and what is current where its policy revokes it when it expires: that one only by its name, or where it is the only one.</summary>
    private static List<string> Owed(ResourceLook look, SecretLook secret, string? named)
    {
        List<string> owed = [.. Debt.Of(secret.Credential, secret.Policy, secret.HandleOf).Select(debt => debt.Handle), .. LeftoverPlanner.Seen(look)];
        if (RevocationPlanner.Ending(look, secret) is { } ending && (named is not null || owed.Count == 0))
            owed.Add(ending);
        return owed;
    }

    /// <summary>By its whole handle, or by its slot where only one of them is there.</summary>
    private static string Choose(SecretLook secret, IReadOnlyList<string> handles, string? named, string what)
    {
        var fitting = handles.Distinct(StringComparer.Ordinal).Where(handle => named is null || handle == named || Handle.Place(handle) == named).ToList();
        return fitting switch
        {
            [var one] => one,
            [] => throw new OperatorRefusedException($"{secret.Id} has nothing {what}{(named is null ? "" : " by that handle")}. nhi show {secret.Id} lists what there is."),
            _ => throw new OperatorRefusedException($"{secret.Id} has {fitting.Count} handles {what}: {string.Join(", ", fitting)}. Name one with --handle."),
        };
    }

    private Task<RecordReference> WriteAsync(string verb, string summary, string handle, DateTimeOffset? until, ResourceLook look, SecretLook secret, OperatorRequest request, CancellationToken ct)
    {
        var debt = Debt.Of(secret.Credential, secret.Policy, secret.HandleOf).FirstOrDefault(debt => debt.Handle == handle);
        return _evidence.WriteAsync(OperatorRecords.Of(verb, $"{look.Resource.Id}\n{handle}", request, look.Now, summary, secret.Id, until) with
        {
            Resource = OperatorRecords.Facts(look.Resource),
            Debt = new DebtFacts(handle, debt?.Since, debt?.Due),
        }, default, ct);
    }
}
