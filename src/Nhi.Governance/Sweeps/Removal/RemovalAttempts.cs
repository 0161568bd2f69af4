using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>The attempts that need nothing but the version list. An update writes the whole tag set, as the list showed it.</summary>
internal static class RemovalAttempts
{
    public static RemovalAttempt Of(RemovalMove move, RemovalLook look, DateTimeOffset start) => move.Verb switch
    {
        RemovalVerbs.Quarantine => new RemovalAttempt(RemovalVerbs.Quarantine, move.Why!, op => [.. look.Enabled.Where(version => RemovalTag.Of(version)?.Step != RemovalStep.Quarantined).Select(version => (version, Put(version, Quarantine(look, start, op))))]),
        RemovalVerbs.Restore => new RemovalAttempt(RemovalVerbs.Restore, move.Why!, _ => [.. look.Quarantined.Select(version => (version, Back(version)))]),
        RemovalVerbs.Remove => new RemovalAttempt(RemovalVerbs.Remove, move.Why!, op => [(look.Credential.Current, Put(look.Credential.Current, look.Tag! with { Step = RemovalStep.Removed, AtSeconds = start.ToUnixTimeSeconds(), NotBeforeSeconds = start.ToUnixTimeSeconds(), Op = op }))]),
        RemovalVerbs.Delete => new RemovalAttempt(RemovalVerbs.Delete, move.Why!, _ => []) { Deletes = true },
        _ => throw new InvalidOperationException($"'{move.Verb}' is no step that a list is enough for."),
    };

    /// <summary>Nothing lives at a provider, or nobody can be asked: the versions stay disabled, and that is all.</summary>
    public static RemovalAttempt WithoutKill(RemovalLook look, string why, DateTimeOffset start) => new(
        RemovalVerbs.Revoke, why,
        op => [.. look.Credential.Versions.Where(version => RemovalTag.Of(version) is { Step: RemovalStep.Quarantined or RemovalStep.Revoking }).Select(version => (version, Put(version, Revoked(look, start, op))))]);

    /// <summary>The same version one step further, or back.</summary>
    public static VersionUpdate At(CredentialVersion version, RemovalStep step, string op) => Put(version, RemovalTag.Of(version)! with { Step = step, Op = op });

    public static RemovalTag Revoked(RemovalLook look, DateTimeOffset start, string op) => look.Tag! with
    {
        Step = RemovalStep.Revoked,
        AtSeconds = start.ToUnixTimeSeconds(),
        NotBeforeSeconds = (start + look.Policy.RemoveAfter).ToUnixTimeSeconds(),
        Op = op,
    };

    /// <summary>Where it goes on after a crash, the quarantine is as old as its first version's.</summary>
    private static RemovalTag Quarantine(RemovalLook look, DateTimeOffset start, string op) => look.Tag is { } begun ? begun with { Op = op } : new RemovalTag
    {
        Step = RemovalStep.Quarantined,
        AtSeconds = start.ToUnixTimeSeconds(),
        QuarantinedSeconds = start.ToUnixTimeSeconds(),
        NotBeforeSeconds = (start + look.Policy.RevokeAfter).ToUnixTimeSeconds(),
        Op = op,
        Person = look.Asked == RemovalVerbs.Quarantine,
    };

    private static VersionUpdate Put(CredentialVersion version, RemovalTag tag) =>
        new() { Enabled = false, Tags = new Dictionary<string, string>(version.Tags) { [RemovalTag.Name] = tag.ToText() } };

    /// <summary>As it was before the quarantine. One that was proven dead meanwhile stays disabled.</summary>
    private static VersionUpdate Back(CredentialVersion version) =>
        new() { Enabled = version.IsDead ? null : true, Tags = version.Tags.Where(tag => tag.Key != RemovalTag.Name).ToDictionary(StringComparer.Ordinal) };
}
