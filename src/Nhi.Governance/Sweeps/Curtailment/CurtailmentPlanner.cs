using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals.Rules;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>Decides what is next about one wide role, by what is true now. Pure. A wait is the longer of what was promised and what the policy says now.</summary>
internal static class CurtailmentPlanner
{
    /// <param name="look">The identity.</param>
    /// <param name="note">What is remembered of this role; null: nothing.</param>
    /// <param name="promised">As the notice in evidence says; null where no record says that its owner was told.</param>
    /// <param name="role">The assignment; null where it is not there.</param>
    public static CurtailmentMove Plan(CurtailmentLook look, CurtailmentNote? note, RemovalNotice? promised, SeenRole? role) => note?.Step switch
    {
        CurtailmentStep.Curtailed => role is null ? CurtailmentMove.Wait(null) : new CurtailmentMove(CurtailmentVerbs.Restore, "it is there again, by another hand"),
        CurtailmentStep.Restored => Restored(look, note, role),
        CurtailmentStep.Told => note.Attempt is null ? Told(look, promised, role) : CurtailmentMove.Wait("What became of the last attempt is not known yet."),
        _ => role is null ? CurtailmentMove.Wait(null) : Outside(look, role),
    };

    /// <summary>Who made it again wants it: it is left alone until a person's later word has ended, or it was gone in between.</summary>
    private static CurtailmentMove Restored(CurtailmentLook look, CurtailmentNote note, SeenRole? role) =>
        role is null ? new CurtailmentMove(CurtailmentVerbs.Drop, "it is gone again, by another hand")
        : look.Keeps.Any(keep => keep.At > note.Since) && look.Kept is null ? Outside(look, role)
        : CurtailmentMove.Wait($"It was made again (seen on {note.Since:yyyy-MM-dd}), and is left alone.");

    private static CurtailmentMove Outside(CurtailmentLook look, SeenRole role) =>
        WhyNot(look, role) is { } why ? CurtailmentMove.Wait(role.Grant is null ? null : why)
        : NotKnown(role) is { } unknown ? CurtailmentMove.Wait(unknown)
        : !look.IsHeard ? CurtailmentMove.Wait(RemovalPlanner.NotHeard)
        : new CurtailmentMove(CurtailmentVerbs.Tell, OverPrivileged.FactOf(role.Grant!));

    private static CurtailmentMove Told(CurtailmentLook look, RemovalNotice? promised, SeenRole? role)
    {
        if (role is null)
            return new CurtailmentMove(CurtailmentVerbs.Drop, "it is gone, by another hand");
        if (WhyNot(look, role) is { } why)
            return new CurtailmentMove(CurtailmentVerbs.Drop, why);
        if (NotKnown(role) is { } unknown)
            return CurtailmentMove.Wait(unknown);
        if (!look.IsHeard)
            return CurtailmentMove.Wait(RemovalPlanner.NotHeard);
        if (promised is null)
            return new CurtailmentMove(CurtailmentVerbs.Tell, OverPrivileged.FactOf(role.Grant!));
        var due = promised.Due(look.Notice);
        if (look.Now >= due && promised.Taken is null)
            return look.Now < promised.At + RemovalNotice.Fades ? CurtailmentMove.Wait(RemovalPlanner.NotTaken) : new CurtailmentMove(CurtailmentVerbs.Tell, OverPrivileged.FactOf(role.Grant!));
        return look.Now < due ? CurtailmentMove.Wait(null, due) : Later(look) ?? new CurtailmentMove(CurtailmentVerbs.Curtail, OverPrivileged.FactOf(role.Grant!));
    }

    /// <summary>Why it must not be taken away; null where it may.</summary>
    private static string? WhyNot(CurtailmentLook look, SeenRole role)
    {
        var assignment = role.Assignment;
        if (!look.MayCurtail)
            return look.Secrets.Count == 0 ? "no secret in scope opens it" : $"not every rule over it takes roles away ({look.Rules})";
        if (assignment.Type != RoleAssignment.ServicePrincipal || !assignment.Principal.Equals(look.Principal, StringComparison.OrdinalIgnoreCase))
            return "it is not the identity's own";
        if (role.Grant is not { } grant || look.Finding?.Facts.Contains(OverPrivileged.FactOf(grant), StringComparer.Ordinal) != true)
            return "no finding speaks of it";
        if (look.IsBreakGlass)
            return "the identity is for emergencies";
        if (look.Kept is { } kept)
            return $"{kept.By} keeps it until {kept.Until:yyyy-MM-dd}";
        if (assignment.IsDelegated)
            return "it comes through another tenant, and no command makes it again";
        if (!(assignment.Changed + look.Notice <= look.Now))
            return assignment.Changed is { } changed ? $"it is young: made or changed on {changed:yyyy-MM-dd}" : "nobody knows how old it is";
        if (!look.Proven)
            return "no record says that a value which the product published opens the identity: a tag that names it is not enough";
        return role.OtherOwner == false ? "nobody else, who could make it again, is known as an Owner of the subscription" : null;
    }

    private static string? NotKnown(SeenRole role) => role.OtherOwner is null ? "Who else is Owner of the subscription could not be read." : null;

    /// <summary>Pause, windows and freezes bind what takes something away.</summary>
    private static CurtailmentMove? Later(CurtailmentLook look) =>
        look.Paused is { } paused ? CurtailmentMove.Wait(paused)
        : look.MayBegin ? null
        : CurtailmentMove.Wait("It may not go on now: a window is not open, or a freeze is in force.");
}
