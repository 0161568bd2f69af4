using Nhi.Governance.Credentials;
using Nhi.Local;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>One version of a subject's secret, with its value: for those who try it at its provider.</summary>
internal sealed record SubjectVersion(string Value, bool Enabled, NhiTag? Tag)
{
    public bool IsOurs => Tag is { Rotation: not null };
    public bool IsDead => Tag is { Dead: true };
}

/// <summary>A credential of one overlap class, made by a person; its provider and its vault are looked at past the wire, so that nothing here counts as a request of the product.</summary>
internal abstract class Subject(World world, string name)
{
    public const string Vault = "kv1";

    public string Name => name;

    /// <summary>The value of the tag <c>nhi-kind</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The old value dies with the new one: its consumer is interrupted.</summary>
    public virtual bool IsCutover => false;

    /// <summary>What is superseded is over: dead at its provider, unless the class says otherwise.</summary>
    public virtual bool IsPaid(IReadOnlyList<SubjectVersion> versions) => Superseded(versions).All(version => version.IsDead);

    /// <summary>What has to be over in the end. A version with the value that is published again (a repair after a sleeper woke) lives and dies with that one.</summary>
    public static IEnumerable<SubjectVersion> Superseded(IReadOnlyList<SubjectVersion> versions) => versions.SkipLast(1).Where(version => version.Value != versions[^1].Value);

    /// <summary>Every version, oldest first.</summary>
    public IReadOnlyList<SubjectVersion> Versions =>
    [
        .. World.Vault(Vault).Export().Secrets.First(secret => secret.Name == Name).Versions.Select(version => new SubjectVersion(
            version.Value, version.Enabled, version.Tags is { } tags && tags.TryGetValue(NhiTag.Name, out var text) ? NhiTag.TryParse(text) : null)),
    ];

    protected World World => world;

    /// <summary>A person makes what the secret opens and sets the secret, due at once.</summary>
    public async Task SetAsync()
    {
        var (value, resource) = await MakeAsync();
        var tags = new Dictionary<string, string> { ["nhi-kind"] = Kind, ["nhi-owner"] = "payroll" };
        if (resource is not null)
            tags["nhi-resource"] = resource;
        World.Vault(Vault).SetAs(World.Identities.Person, Name, value, World.Clock.GetUtcNow().AddDays(29), tags);
    }

    /// <summary>A person deletes the secret: sweeps see it no more.</summary>
    public void Leave()
    {
        if (World.Vault(Vault).Has(Name))
            World.Vault(Vault).DeleteAs(World.Identities.Person, Name);
    }

    /// <summary>What a consumer reads.</summary>
    public string Read() => World.Vault(Vault).ReadAs(World.Identities.Person, Name) ?? throw new InvalidOperationException($"Nothing that is enabled is published as '{Name}'.");

    /// <summary>True when that value is let in.</summary>
    public abstract Task<bool> OpensAsync(string value);

    /// <summary>How many credentials live at the provider that somebody could hold.</summary>
    public abstract Task<int> LivingAsync();

    /// <summary>The first value, and the value of the tag <c>nhi-resource</c>.</summary>
    protected abstract Task<(string Value, string? Resource)> MakeAsync();
}
