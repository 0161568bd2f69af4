using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation.Planning;

/// <summary>Plans a rollback on request: the predecessor is published again, if it is enabled and still works.</summary>
internal static class RollbackPlanner
{
    public static Proposal Plan(ResourceLook look, SecretLook secret)
    {
        Waiting Refused(string why) => new(secret.Id, Verbs.Rollback, secret.NextRotation, "rollback-refused", why);

        if (secret.Credential.IsQuarantined)
            return Refused("The secret is put aside: its newest version is disabled.");
        var current = secret.CurrentHandle;
        var predecessor = secret.Credential.Versions.SkipLast(1).LastOrDefault(version => !version.IsDead && (look.Overlap == OverlapClass.Retire || secret.HandleOf(version) is not { } handle || handle != current));
        if (predecessor is null)
            return Refused("There is no predecessor that lives.");
        if (!predecessor.Enabled)
            return Refused($"The predecessor {predecessor.Version} is disabled.");
        if (look.IsMarked(secret, predecessor))
            return Refused($"The predecessor {predecessor.Version} is marked as compromised.");
        if (secret.HandleOf(predecessor) is { } owed && look.IsDead(owed) == true)
            return Refused($"The predecessor {predecessor.Version} is dead at its provider.");
        return RotationPlanner.Of(
            look, secret, ["a person asked for the predecessor"], urgent: false, null,
            [
                new TakeVersion(secret.Id, predecessor.Version, secret.HandleOf(predecessor)),
                new VerifyValue(),
                new PublishVersion(secret.Id, predecessor.Expires, secret.Policy.Overlap, secret.NextRotation, Rollback: true),
                new LookBackAt(secret.Id),
            ],
            Verbs.Rollback);
    }
}
