using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>
/// Credentials out of scenarios whose fault, or innocence, is known beforehand, for tests of what a sweep does with findings; whether they are the right ones <see cref="DrawnEstateTests"/> tells.
/// It fills the estate, the use facts, the directory and the vault, with numbers of its own, and knows no rule.
/// </summary>
internal sealed class LabelledEstate
{
    public static readonly DateTimeOffset Now = new(2026, 9, 14, 6, 0, 0, TimeSpan.Zero);
    private static readonly string[] _hosts = ["kv1.vault.azure.net", "kv2.vault.azure.net", "kv3.vault.azure.net"];
    private readonly SignalRig _rig;
    private readonly Random _random;
    private int _count;

    /// <summary>Signal and subject.</summary>
    public HashSet<(string Signal, string Subject)> Labels { get; } = [];

    /// <param name="rig">What is filled.</param>
    /// <param name="random">Of a seed that the test prints.</param>
    public LabelledEstate(SignalRig rig, Random random)
    {
        (_rig, _random) = (rig, random);
        foreach (var host in _hosts[..2])
            rig.Tables.Known[host] = new UseWindow(Now.AddDays(-400), Now.AddMinutes(-12));
        rig.Directory.Add(new Principal("aaaaaaaa-0000-4000-8000-000000000001", PrincipalType.User, PrincipalState.Disabled, "left@contoso.com"));
        rig.Directory.Add(new Principal("aaaaaaaa-0000-4000-8000-000000000002", PrincipalType.Group, PrincipalState.Active, "team@contoso.com"));
        rig.Directory.Add(new Principal("aaaaaaaa-0000-4000-8000-000000000003", PrincipalType.Service, PrincipalState.Active, "pipeline"));
        // Silent for a season, and known without a hole for a month.
        rig.Tables.Known[_hosts[2]] = new UseWindow(Now.AddDays(-30), Now.AddMinutes(-12)) { Heard = [new LogSpan(Now.AddDays(-200), Now.AddDays(-120)), new LogSpan(Now.AddDays(-30), Now.AddMinutes(-12))] };
        Action[] scenarios =
        [
            Healthy, Nobody, Left, LeftToAPipeline, LeftButGrouped, ResourceGone, ResourceUnreachable, WorkloadGone, WorkloadDisabled, NeverRead, JustMade, BreakGlass, LogTooYoung, LongUnread, Endless, EndlessButOff, TooLong, OldRevived, InOverlap,
            NoRule, ShadowKey, IdleSlot, OurLeftover, Reused, SameResource, RotatedAway, ExpiredAlive, ExpiredDead, Refused, TooMighty, MightyInItsGroup, Certificate, Gone, Lapsed, SoonAsked, LatelyAsked, LogWithSilences, UnreadSinceBeforeASilence, UnreadSinceALongSilence, OldUnknown, CertificateOfAnApplication,
        ];
        for (var round = 0; round < 13; round++)
            foreach (var scenario in scenarios)
                scenario();
    }

    /// <summary>A credential without any fault, in the vault whose log is whole.</summary>
    private SweptCredential Sound(string kind = "multi", string? name = null, string? host = null, int age = 20, int life = 80, params (string, string)[] tags)
    {
        var id = CredentialId.Of(host ?? _hosts[_random.Next(2)], name ?? $"ok-{++_count}");
        var resource = new ResourceId(kind == "multi" ? $"entra:{Guid(_count)}" : $"{kind}-{_count}");
        var made = Now.AddDays(-age).AddSeconds(_random.Next(3600));
        var all = new Dictionary<string, string> { ["nhi-owner"] = "team@contoso.com", ["nhi-kind"] = kind, ["nhi-resource"] = resource.Value };
        foreach (var (tag, value) in tags)
            all[tag] = value;
        var version = new CredentialVersion { Version = Hex(_count), Enabled = true, Created = made, Updated = made, Expires = made.AddDays(life), Tags = all };
        version = Handled(version, $"key-{_count}", dead: false);
        return new SweptCredential { Id = id, Environment = _random.Next(2) == 0 ? "prod" : "", Newest = version, Versions = [version], Kind = kind, Resource = resource, FirstSeen = made };
    }

    private static CredentialVersion Handled(CredentialVersion version, string handle, bool dead) => version with
    {
        Tags = new Dictionary<string, string>(version.Tags) { ["nhi"] = $"{{\"handle\":\"{handle}\"{(dead ? ",\"dead\":true" : "")}}}" },
    };

    private SweptCredential Put(SweptCredential credential, bool read = true, params string[] labels)
    {
        _rig.Estate.Credentials[credential.Id] = credential;
        if (credential.Resource is { } resource && !_rig.Estate.Resources.ContainsKey(resource))
            _rig.Estate.Resources[resource] = new SweptResource
            {
                Id = resource, Kind = credential.Kind!, SeenAt = Now, Exists = true,
                Credentials = credential.Kind == "multi" ? [new ProviderCredential(credential.Newest.Nhi!.Handle!, "made by hand", credential.Newest.Created)] : [],
            };
        foreach (var version in credential.Versions.Where(version => version.Enabled))
            _rig.Values.TryAdd((credential.Id, version.Version), $"value of {credential.Id} {version.Version}");
        if (read)
            _rig.Tables.Uses.Add(new UseFact(credential.Id, credential.Versions[0].Version, "bbbbbbbb-0000-4000-8000-000000000001", null, Now.AddDays(-18), Now.AddDays(-2), 7, "AuditEvent"));
        foreach (var label in labels)
            Labels.Add((label, credential.Id.ToString()));
        return credential;
    }

    private SweptResource Provider(SweptCredential credential, Func<SweptResource, SweptResource> change) => _rig.Estate.Resources[credential.Resource!.Value] = change(_rig.Estate.Resources[credential.Resource.Value]);

    private static SweptCredential Newest(SweptCredential credential, Func<CredentialVersion, CredentialVersion> change)
    {
        var changed = change(credential.Newest);
        return credential with { Newest = changed, Versions = [.. credential.Versions.SkipLast(1), changed] };
    }

    /// <summary>The same with an older version before it.</summary>
    private static SweptCredential Superseding(SweptCredential credential, Func<CredentialVersion, CredentialVersion> older) =>
        credential with { Versions = [older(Handled(credential.Newest with { Version = "0" + credential.Newest.Version[1..], Created = credential.Newest.Created.AddDays(-30) }, "old-" + credential.Newest.Version, dead: false)), credential.Newest], FirstSeen = credential.Newest.Created.AddDays(-30) };

    private void Healthy() => Put(Sound());
    private void Nobody() => Put(Sound(tags: ("nhi-owner", "")), labels: "no-owner");
    private void Left() => Put(Sound(tags: ("nhi-owner", "left@contoso.com")), labels: "owner-left");
    private void LeftToAPipeline() => Put(Sound(tags: ("nhi-owner", "left@contoso.com;aaaaaaaa-0000-4000-8000-000000000003")), labels: "owner-left");
    private void LeftButGrouped() => Put(Sound(tags: ("nhi-owner", "left@contoso.com;team@contoso.com")));
    private void ResourceGone() => Provider(Put(Sound(), labels: "resource-gone"), resource => resource with { Exists = false, Credentials = [] });
    private void ResourceUnreachable() => Provider(Put(Sound()), resource => resource with { Exists = null, Credentials = [] });

    private void WorkloadGone() => Put(Sound(tags: ("nhi-workload", Guid(_count + 70_000))), labels: "workload-gone");

    private void WorkloadDisabled()
    {
        var workload = Guid(_count + 80_000);
        _rig.Directory.Workloads[workload] = PrincipalState.Disabled;
        Put(Sound(tags: ("nhi-workload", workload)));
    }

    private void NeverRead() => Put(Sound(age: 75, life: 88), read: false, "never-used");
    private void JustMade() => Put(Newest(Sound(age: 0), version => version with { Created = Now.AddHours(-1), Updated = Now.AddHours(-1) }), read: false);
    private void BreakGlass() => Put(Sound(age: 75, life: 88, tags: ("nhi-break-glass", "true")), read: false);
    private void LogTooYoung() => Put(Sound(host: _hosts[2], age: 75, life: 88), read: false);

    private void LongUnread()
    {
        var credential = Put(Sound(age: 70, life: 88), read: false, "unused");
        _rig.Tables.Uses.Add(new UseFact(credential.Id, "x", "bbbbbbbb-0000-4000-8000-000000000002", "eve@contoso.com", Now.AddDays(-69), Now.AddDays(-66), 3, "AuditEvent"));
    }

    private void Endless() => Put(Newest(Sound(), version => version with { Expires = null }), labels: "no-expiry");
    private void EndlessButOff() => Put(Newest(Sound(), version => version with { Expires = null, Enabled = false }));
    private void TooLong() => Put(Sound(life: 365), labels: "life-too-long");
    private void OldRevived() => Put(Superseding(Sound(), old => Handled(old, "dead-key", dead: true)), labels: "old-version-enabled");
    private void InOverlap() => Put(Superseding(Sound(age: 3), old => old with { Expires = Now.AddDays(20) }));
    private void NoRule() => Put(Sound(name: $"unruled-{++_count}"), labels: "no-policy");

    private void ShadowKey()
    {
        var credential = Put(Sound());
        Provider(credential, resource => resource with { Credentials = [.. resource.Credentials, new ProviderCredential("stray", "laptop of bob", Now.AddDays(-200)), new ProviderCredential("over", null, Now.AddDays(-300), Now.AddDays(-9))] });
        Labels.Add(("shadow", credential.Resource!.Value.Value));
    }

    private void IdleSlot() => Provider(Put(Sound("slots")), resource => resource with { Credentials = [new ProviderCredential("key1"), new ProviderCredential("key2")] });

    private void OurLeftover()
    {
        var credential = Put(Sound());
        Provider(credential, resource => resource with { Credentials = [.. resource.Credentials, new ProviderCredential("left", "nhi-" + CrockfordBase32.OfSha256($"rotation\n{credential.Id}\n{credential.Newest.Version}"), Now.AddHours(-2))] });
    }

    private void Reused()
    {
        foreach (var credential in new[] { Sound(), Sound() })
            _rig.Values[(Put(credential, labels: "reused-value").Id, credential.Newest.Version)] = $"one value in two places {_count / 2}";
    }

    private void SameResource()
    {
        var first = Sound("slots");
        var second = Sound("slots");
        second = Newest(second, version => version with { Tags = new Dictionary<string, string>(version.Tags) { ["nhi-resource"] = first.Resource!.Value.Value } }) with { Resource = first.Resource };
        foreach (var credential in new[] { first, second })
            _rig.Values[(Put(credential).Id, credential.Newest.Version)] = $"by design the same {first.Id}";
    }

    /// <summary>Its earlier version had the value that another one has now.</summary>
    private void RotatedAway()
    {
        var moved = Put(Superseding(Sound(age: 3), old => old with { Expires = Now.AddDays(20) }));
        var other = Put(Sound());
        _rig.Values[(moved.Id, moved.Versions[0].Version)] = _rig.Values[(other.Id, other.Newest.Version)] = $"passed on {moved.Id}";
    }

    private void ExpiredAlive()
    {
        Put(Sound(age: 40, life: 30), labels: "expired-accepted");
        Put(Superseding(Sound(age: 3), old => old with { Expires = Now.AddDays(-1) }), labels: "expired-accepted");
    }

    private void ExpiredDead()
    {
        var credential = Put(Sound(age: 40, life: 30));
        _rig.Refused.Add(_rig.Values[(credential.Id, credential.Newest.Version)]);
    }

    private void Refused()
    {
        var credential = Put(Sound(), labels: "published-refused");
        _rig.Refused.Add(_rig.Values[(credential.Id, credential.Newest.Version)]);
    }

    private void TooMighty() => Mighty("b24988ac-6180-42a0-ab88-20f7382dd24c", "/subscriptions/cccccccc-0000-4000-8000-000000000001", isLabelled: true);

    private void MightyInItsGroup() => Mighty("b24988ac-6180-42a0-ab88-20f7382dd24c", "/subscriptions/cccccccc-0000-4000-8000-000000000001/resourcegroups/app", isLabelled: false);

    private void Mighty(string role, string scope, bool isLabelled)
    {
        var credential = Put(Sound());
        _rig.Directory.Roles[credential.Resource!.Value.Value["entra:".Length..]] = [new RoleGrant(role, scope, new RoleFacts("Contributor", "may change everything"))];
        if (isLabelled)
            Labels.Add(("over-privileged", credential.Resource.Value.Value));
    }

    private void Certificate() => Put(Newest(Sound(), version => version with { Managed = true, Expires = null }), read: false);
    private void Gone() => Provider(Put(Newest(Sound(tags: ("nhi-owner", "")), version => version with { Expires = null }) with { Gone = Now.AddDays(-1) }), resource => resource with { Credentials = [] });
    /// <summary>Its owner is asked two weeks before the day.</summary>
    private void SoonAsked() => Put(Sound(name: $"asked-{++_count}", age: 20), labels: "attestation-due");
    private void LatelyAsked() => Put(Sound(name: $"asked-{++_count}", age: 4));

    /// <summary>In a vault whose log was silent, but was heard for long enough since it was made.</summary>
    private SweptCredential OfSilentVault(params string[] labels) => Put(Superseding(Sound(host: _hosts[2], age: 3), old => old with { Created = Now.AddDays(-170), Expires = Now.AddDays(20) }) with { FirstSeen = Now.AddDays(-170) }, read: false, labels);

    private void LogWithSilences() => OfSilentVault("never-used");
    private void UnreadSinceBeforeASilence() => ReadLast(OfSilentVault("unused"), daysAgo: 160);

    /// <summary>Of the days since its last read the log heard too few.</summary>
    private void UnreadSinceALongSilence() => ReadLast(OfSilentVault(), daysAgo: 121);

    private void ReadLast(SweptCredential credential, int daysAgo) =>
        _rig.Tables.Uses.Add(new UseFact(credential.Id, "x", "bbbbbbbb-0000-4000-8000-000000000002", null, Now.AddDays(-daysAgo - 1), Now.AddDays(-daysAgo), 3, "AuditEvent"));

    /// <summary>A version of long ago whose handle nobody knows cannot hold what was made yesterday.</summary>
    private void OldUnknown()
    {
        var credential = Put(Superseding(Sound(), old => old with { Expires = Now.AddDays(9), Tags = new Dictionary<string, string>() }));
        Provider(credential, resource => resource with { Credentials = [.. resource.Credentials, new ProviderCredential("fresh", null, Now.AddDays(-1))] });
        Labels.Add(("shadow", credential.Resource!.Value.Value));
    }

    /// <summary>No secret, and it opens the application all the same.</summary>
    private void CertificateOfAnApplication()
    {
        var credential = Put(Sound());
        Provider(credential, resource => resource with { Credentials = [.. resource.Credentials, new ProviderCredential("cert", "laptop", Now.AddDays(-3))] });
        Labels.Add(("shadow", credential.Resource!.Value.Value));
    }

    private void Lapsed() => Put(Sound(name: $"asked-{++_count}", age: 45), labels: "attestation-lapsed");

    private static string Guid(int number) => $"dddddddd-0000-4000-8000-{number:d12}";

    private static string Hex(int number) => $"1{number:x31}";
}
