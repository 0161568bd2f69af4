using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>A credential and a resource without a fault, to be changed in one place.</summary>
internal static class Views
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "app");
    public static readonly ResourceId App = new("entra:0f0f0f0f-0000-4000-8000-000000000001");

    public static readonly EffectivePolicy Rule = new() { Rule = "all", Sha256 = new string('0', 64), Enforced = true, Lifetime = TimeSpan.FromDays(90), UnusedAfter = TimeSpan.FromDays(60) };

    public static CredentialVersion Version(int daysAgo, string name, string? handle = null, bool dead = false, bool enabled = true, int? expiresIn = 60, params (string Name, string Value)[] tags)
    {
        var all = tags.ToDictionary(tag => tag.Name, tag => tag.Value);
        if (handle is not null || dead)
            all[NhiTag.Name] = new NhiTag { Handle = handle, Dead = dead }.ToText();
        return new CredentialVersion
        {
            Version = name, Enabled = enabled, Created = Now.AddDays(-daysAgo), Updated = Now.AddDays(-daysAgo), Expires = expiresIn is { } days ? Now.AddDays(days) : null, Tags = all,
        };
    }

    public static SweptCredential Swept(params CredentialVersion[] versions) => new()
    {
        Id = Id, Environment = "test", Newest = versions[^1], Versions = versions, Kind = "entra-app-secret", Resource = App, FirstSeen = versions[0].Created,
    };

    public static CredentialView View(params CredentialVersion[] versions) => Of(Swept(versions.Length == 0 ? [Version(10, "v1", "k1")] : versions));

    public static CredentialView Of(SweptCredential swept) => new()
    {
        Swept = swept,
        Policy = Rule,
        Now = Now,
        Overlap = OverlapClass.Multi,
        Owner = new OwnerAnswer(Person("ada"), []),
        OwnersAsked = true,
        Resource = new SweptResource { Id = App, Kind = "entra-app-secret", SeenAt = Now, Exists = true },
        UseKnown = new UseWindow(Now.AddDays(-365), Now.AddMinutes(-10)),
        Uses = [UseOf(1)],
    };

    public static OwnerCandidate Person(string name, bool left = false, string via = OwnerSources.Tag) => new("user", name, null, via, OwnerSources.Confidence(via), left);

    public static UseFact UseOf(int daysAgo) => new(Id, "v1", "11111111-0000-4000-8000-000000000001", null, Now.AddDays(-daysAgo), Now.AddDays(-daysAgo), 1, "AuditEvent");

    public static ResourceView Resource(OverlapClass overlap = OverlapClass.Multi, params ProviderCredential[] credentials) => new()
    {
        Swept = new SweptResource { Id = App, Kind = "entra-app-secret", SeenAt = Now, Exists = true, Credentials = credentials },
        Now = Now,
        Overlap = overlap,
        Secrets = [Swept(Version(10, "v1", "k1"))],
        IsIdentity = true,
        Roles = new IdentityRoles("22222222-0000-4000-8000-000000000001", []),
    };

    public static void IsSo<T>(this ISignal<T> signal, T view)
    {
        var verdict = signal.Judge(view);
        Assert.True(verdict.IsSo && verdict.IsJudged, $"{signal.Name} should be so.");
        Assert.InRange(verdict.Score, 1, 100);
        Assert.NotEmpty(verdict.Facts);
        Assert.NotEmpty(verdict.Remedy);
        Assert.Contains(verdict.Severity, (string[])["info", "warning", "critical"]);
    }

    public static void IsNotSo<T>(this ISignal<T> signal, T view) => Assert.Same(SignalVerdict.NotSo, signal.Judge(view));

    public static void IsNotLooked<T>(this ISignal<T> signal, T view) => Assert.Same(SignalVerdict.NotLooked, signal.Judge(view));
}
