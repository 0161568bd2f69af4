using Nhi.Evidence.Records;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>
/// What crashed attempts left at a provider: it bears <c>nhi-R</c> of one of our own rotations (or is a principal that one of them opened), and no version publishes it.
/// </summary>
internal static class LeftoverPlanner
{
    /// <summary>The handles that look like leftovers now.</summary>
    public static IReadOnlyList<string> Seen(ResourceLook look)
    {
        if (look.Live is null || look.Secrets.Count == 0 || look.Overlap is OverlapClass.Cutover or OverlapClass.Retire or OverlapClass.DualSlot)
            return [];

        // Only while every secret that could publish it is readable and what it publishes is known.
        if (look.Secrets.Any(secret => !look.OpensNothing(secret) && (!secret.Policy.Enforced || secret.CurrentHandle is null)))
            return [];
        var carried = look.Secrets.SelectMany(secret => secret.Credential.Versions.Select(secret.HandleOf)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return look.Overlap == OverlapClass.Multi ? Named(look, carried) : Opened(look);
    }

    /// <summary>The plan to kill one, once two looks far enough apart saw it; null before. A handle that an outcome names as published needs a person.</summary>
    public static Proposal? Plan(ResourceLook look, string handle, DebtNote? note)
    {
        var secret = look.Secrets[0];
        if (Since(look, handle, note) is not { } since || since + RevocationPlanner.LeftoverPatience > look.Now)
            return null;
        if (look.Records.Any(record => record.Stage != RecordStage.Intent && record.Version is not null && record.Handle == handle))
            return new Waiting(secret.Id, Verbs.Clean, handle, "leftover-was-published", $"{handle} is carried by no version, but evidence names it as published (a restore from backup?).", $"If nobody uses it, remove it at its provider; else nhi adopt {secret.Id} --handle {handle}.");
        if (RevocationPlanner.WhyNot(look, handle, marked: false) is { } why)
            return new Waiting(secret.Id, Verbs.Clean, handle, "leftover-waits", why, why == LeftScope.WhyNot(look) ? LeftScope.Remedy(look) : null);
        return RotationPlanner.Of(look, secret, ["a crashed attempt left it, and no version publishes it"], urgent: false, handle, [new KillHandle(handle, secret.Policy.EndSessions), new ProveDead(handle)], Verbs.Clean) with { Subject = handle, Risks = [] };
    }

    /// <summary>Since when it is seen; counted anew for a principal that a later attempt opened again.</summary>
    public static DateTimeOffset? Since(ResourceLook look, string handle, DebtNote? note) =>
        note?.LeftoverSince is { } since && !(look.Overlap == OverlapClass.Pair && Newest(look, handle) is { } newest && newest.Time > since) ? since : null;

    private static List<string> Named(ResourceLook look, HashSet<string> carried)
    {
        var rotations = look.Secrets.SelectMany(secret => secret.Credential.Versions.SelectMany(version => new[] { version.Nhi?.Rotation, RotationId.Of(secret.Id, version.Version) }))
            .Concat(look.Records.Where(record => look.Secrets.Any(secret => record.Credential == secret.Id.ToString())).Select(record => record.Rotation))
            .OfType<string>()
            .Select(RotationId.DisplayName)
            .ToHashSet(StringComparer.Ordinal);
        return [.. look.Live!.Where(live => live.DisplayName is { } name && rotations.Contains(name) && !carried.Contains(live.Handle)).Select(live => live.Handle)];
    }

    /// <summary>A principal that is open, that no living version carries, and that an attempt of ours opened last.</summary>
    private static List<string> Opened(ResourceLook look)
    {
        var carried = look.Secrets.SelectMany(secret => secret.Credential.Versions.Where(version => !version.IsDead).Select(secret.HandleOf)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var next = look.Secrets.Any(secret => look.StagedAccepted.ContainsKey(secret.NextRotation));
        return [.. look.Live!.Where(live => live.Open && !carried.Contains(live.Handle) && !next && OpenedByUs(look, live.Handle)).Select(live => live.Handle)];
    }

    private static bool OpenedByUs(ResourceLook look, string principal) =>
        Newest(look, principal) is { } newest && newest.Action is not ("credential.adopt" or "credential.revoke" or "credential.clean");

    private static Evidence.IndexedRecord? Newest(ResourceLook look, string principal) =>
        look.Records.FirstOrDefault(record => !DidNotClose(record) && (record.Slots.Any(slot => slot.Handle == principal) || (record.Stage == RecordStage.Intent && record.Handle == principal)));

    /// <summary>An attempt to close it that did not, or of which nobody knows yet, says nothing of who opened it.</summary>
    private static bool DidNotClose(Evidence.IndexedRecord record) =>
        record.Action is "credential.revoke" or "credential.clean" && record is not { Stage: RecordStage.Outcome, Result: "ok" } and not { Shown: "dead" };
}
