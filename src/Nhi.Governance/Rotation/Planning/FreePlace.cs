using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>
/// Proves that nobody uses a slot or principal, before it gets a new value: no version that is not dead carries what it holds, no outcome published that,
/// and it is what our own newest attempt left there, or what a person or the policy's <c>freeAfter</c> calls free.
/// </summary>
internal static class FreePlace
{
    /// <summary>Null when it is free; else why not, in a sentence.</summary>
    public static string? WhyNot(ResourceLook look, SecretLook secret, string place, bool marked) => look.Overlap == OverlapClass.Pair
        ? WhyNotPrincipal(look, secret, place, marked)
        : WhyNotSlot(look, secret, place, marked);

    private static string? WhyNotSlot(ResourceLook look, SecretLook secret, string slot, bool marked)
    {
        if (!look.SlotFingerprints.TryGetValue(slot, out var present))
            return $"what {slot} holds cannot be read";
        var handle = Handle.OfSlot(slot, present);
        if (Carrier(look, handle, marked) is { } carried)
            return carried;
        if (marked)
            return null;
        if (look.Records.Any(record => record.Version is not null && record.Handle == handle && record.Stage != RecordStage.Intent && record.Action != Verbs.Action(Verbs.Emergency)))
            return $"evidence names what {slot} holds as published";
        if (ClosingOn(look, slot)?.Slots.First(held => held.Handle == slot).Fingerprint == present || NamedFree(look, slot, present))
            return null;
        return FreeAfter(look, secret, slot) ? null : $"nobody proved that {slot} is free: neither an attempt of ours nor a person left there what it holds";
    }

    private static string? WhyNotPrincipal(ResourceLook look, SecretLook secret, string role, bool marked)
    {
        if (look.Live?.FirstOrDefault(candidate => candidate.Handle == role) is not { } live)
            return $"the role {role} does not exist";
        if (Carrier(look, role, marked) is { } carried)
            return carried;
        if (look.StagedAccepted.ContainsKey(secret.NextRotation))
            return null;
        if (!look.Belongs(role))
            return $"nothing but a tag says that the role {role} belongs to this pair";
        if (!live.Open || marked)
            return null;
        return ClosingOn(look, role) is { } newest && newest.Action == Verbs.Action(Verbs.Adopt) ? null : $"the role {role} is open although no version carries it";
    }

    /// <summary>The first version that carries it or may carry it; neither dead ones nor what a removal gave up for good.</summary>
    private static string? Carrier(ResourceLook look, string handle, bool marked)
    {
        foreach (var secret in look.Secrets.Where(secret => !look.OpensNothing(secret)))
            foreach (var version in secret.Credential.Versions.Where(version => !version.IsDead && !RemovalTag.IsOver(version)))
            {
                var held = secret.HandleOf(version);
                if (held == handle && (!marked || version.Version == secret.Current.Version) && !look.IsMarked(secret, version))
                    return $"{secret.Id.Name} version {version.Version} carries it";
                if (held is null && !marked)
                    return $"nobody knows what {secret.Id.Name} version {version.Version} opens";
            }

        return null;
    }

    /// <summary>The outcome of the newest attempt on this place: stage 3 before 2, as the records are ordered.</summary>
    private static Evidence.IndexedRecord? ClosingOn(ResourceLook look, string place) =>
        look.Records.FirstOrDefault(record => record.Stage != RecordStage.Intent && record.Slots.Any(held => held.Handle == place));

    private static bool NamedFree(ResourceLook look, string slot, string present) =>
        look.Records.Any(record => record.Action == Verbs.Action(Verbs.Adopt) && record.Slots.Any(held => held.Handle == slot && held.Fingerprint == present));

    /// <summary>The slot has held this value for so long, we have watched for so long, and no version in scope carried it.</summary>
    private static bool FreeAfter(ResourceLook look, SecretLook secret, string slot) =>
        secret.Policy.FreeAfter is { } quiet
        && look.OutOfScope.Count == 0
        && look.FirstSeen + quiet <= look.Now
        && look.Live!.First(live => live.Handle == slot).Created is { } created && created + quiet <= look.Now;
}
