using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>Gathers what is known of one credential or resource. Throws <see cref="ExternalCallException"/> and <see cref="EvidenceRefusedException"/>; what a signal can do without stays null instead.</summary>
internal sealed class SignalViews(
    ISweptEstate estate, IInventory inventory, IUseFacts uses, PolicySubjects subjects, KindRegistry kinds, ProductIdentities own, OwnerLook owners, IOwnerBook book, ValueLook values, IEvidenceLog evidence)
{
    /// <summary>Secrets of one resource, and namesakes of one value, that are looked at.</summary>
    private const int Most = 100;

    /// <summary>Roles at wide scopes that are kept of one identity, those that matter first.</summary>
    private const int MostGrants = 50;

    /// <summary>What a run is to remember; empty yet.</summary>
    public RunMemory Memory() => new(estate, inventory, uses);

    /// <summary>Where a run notes whose owners it asked for again.</summary>
    public AskedAgain Asked() => new(book);

    /// <summary>The window in which the reads of a vault are known; null where nobody knows, for whatever reason. Where reads are remembered it is as old as they are.</summary>
    public async Task<UseWindow?> UseKnownAsync(string host, SweepRun run, CancellationToken ct) =>
        run.Memory.Uses is { } known ? known.Windows.GetValueOrDefault(host) : await TryAsync(() => uses.KnownAsync(host, ct));

    /// <summary>The credentials of a vault, each with what is remembered of its owners: both come in the order of names, so that two lists are read and no row is looked for.</summary>
    public async IAsyncEnumerable<OwnedCredential> OwnedAsync(string host, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var entries = book.OfVaultAsync(host, ct).GetAsyncEnumerator(ct);
        var more = await entries.MoveNextAsync();
        await foreach (var swept in estate.OfVaultAsync(host, ct))
        {
            while (more && string.CompareOrdinal(entries.Current.Credential.Name, swept.Id.Name) < 0)
                more = await entries.MoveNextAsync();
            yield return new OwnedCredential(swept, more && entries.Current.Credential == swept.Id ? entries.Current : null);
        }
    }

    public async Task<CredentialView> OfAsync(OwnedCredential owned, UseWindow? useKnown, SweepRun run, CancellationToken ct)
    {
        var swept = owned.Swept;
        var policy = run.Policies.For(subjects.Of(swept.Id, swept.Newest.Tags));
        var bare = new CredentialView { Swept = own.Owns(swept.Id, swept.Resource) ? swept with { Gone = swept.Gone ?? run.Now } : swept, Policy = policy, Now = run.Now };
        if (bare.IsOver)
            return bare;
        var rotator = subjects.ResourceOf(swept.Id, swept.Newest.Tags, out var resource, out _);
        if (rotator is not null)
            swept = await values.LookAsync(swept, policy, resource!, rotator, run.Values, run.Now, ct);
        var owner = await owners.LookAsync(swept, owned.Entry, policy, run.Directory, run.Trigger, run.Now, ct);
        if (owner is { IsAskedAgain: true, Entry: { } again })
            await run.Asked.AddAsync(again, ct);
        var workload = WorkloadOf(swept);
        swept = await WithWorkloadAsync(swept, workload, run, ct);
        run.Memory.Keep(swept, owner.Entry);
        if (swept.Fingerprint is { } fingerprint && fingerprint != owned.Swept.Fingerprint)
            run.Memory.Note(fingerprint);
        List<UseFact> read = useKnown is null ? [] : run.Memory.Uses is { } used ? [.. used.Of[swept.Id]] : await uses.OfAsync(swept.Id, ct).ToListAsync(ct);
        return bare with
        {
            Swept = swept,
            Overlap = resource?.Overlap,
            Owner = owner.Answer,
            OwnersAsked = owner.IsWhole,
            Confirmed = owner.Entry?.Confirmed,
            Resource = swept.Resource is { } id ? await run.Memory.FindAsync(id, ct) : null,
            Uses = read,
            UseKnown = useKnown,
            Workload = workload,
            WorkloadState = swept.Workload is { } seen && seen.Name == workload ? seen.State : null,
            Wait = run.Memory.WaitOf(swept.Id),
            WaitsKnown = run.Memory.WaitsKnown,
            SameValue = await SameValueAsync(swept, run, ct),
        };
    }

    public async Task<ResourceView> OfAsync(SweptResource swept, SweepRun run, CancellationToken ct)
    {
        var secrets = await SecretsAsync(swept, run, ct);
        var application = OwnerChain.ApplicationOf(swept.Id);
        return new ResourceView
        {
            Swept = swept,
            Now = run.Now,
            Overlap = OverlapOf(swept, secrets),
            Secrets = secrets,
            Rotations = await RotationsAsync(swept, secrets ?? [], ct),
            Owner = secrets is [var first, ..] ? (await EntryAsync(first.Id, run, ct))?.Answer?.Chosen?.Address : null,
            IsIdentity = application is not null,
            Roles = application is null || swept.Exists == false ? null : await RolesAsync(swept, application, run, ct),
        };
    }

    /// <summary>A tag is anybody's text: what is no id of anything is not asked for.</summary>
    private static string? WorkloadOf(SweptCredential swept) =>
        swept.Newest.Tags.TryGetValue(SignalTags.Workload, out var said) && said.Trim() is { Length: > 0 and <= 512 } text
        && (Guid.TryParseExact(text, "D", out _) || (text.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase) && !text.Any(c => char.IsControl(c) || c is '?' or '#' or '%')))
            ? text.ToLowerInvariant()
            : null;

    /// <summary>Secrets whose current value has this fingerprint and that open another thing. What a note says of a version that is no longer current counts for nothing.</summary>
    private async Task<IReadOnlyList<CredentialId>> SameValueAsync(SweptCredential swept, SweepRun run, CancellationToken ct)
    {
        if (swept.Fingerprint is not { } fingerprint || swept.Versions.Count == 0 || swept.FingerprintOf != swept.Versions[^1].Version || !swept.Newest.Enabled || !run.Memory.MayBeShared(fingerprint))
            return [];
        var same = new List<CredentialId>();
        foreach (var id in (await estate.WithFingerprintAsync(fingerprint, ct)).Where(id => id != swept.Id).Take(Most))
            if (await estate.FindAsync(id, ct) is { Gone: null, Newest: { Managed: false, Enabled: true, IsDead: false }, Versions: [.., var current] } other
                && other.Fingerprint == fingerprint && other.FingerprintOf == current.Version
                && (other.Resource is null || other.Resource != swept.Resource) && !own.Owns(id, other.Resource))
                same.Add(id);
        return same;
    }

    /// <summary>Null where one of them is known to open it and cannot be found: it might hold anything.</summary>
    private async Task<IReadOnlyList<SweptCredential>?> SecretsAsync(SweptResource resource, SweepRun run, CancellationToken ct)
    {
        var secrets = new List<SweptCredential>();
        List<CredentialId> ids = [.. run.Memory.Secrets?[resource.Id] ?? await inventory.SecretsOfAsync(resource.Id, ct)];
        if (ids.Count > Most)
            return null;
        foreach (var id in ids.Order())
        {
            if ((run.Memory.Find(id)?.Swept ?? await estate.FindAsync(id, ct)) is not { } secret)
                return null;
            if (secret.Gone is null)
                secrets.Add(secret);
        }

        return secrets;
    }

    private async Task<OwnerEntry?> EntryAsync(CredentialId id, SweepRun run, CancellationToken ct) => run.Memory.Find(id) is { } kept ? kept.Entry : await book.FindAsync(id, ct);

    private OverlapClass? OverlapOf(SweptResource resource, IReadOnlyList<SweptCredential>? secrets)
    {
        foreach (var secret in secrets ?? [])
            if (subjects.ResourceOf(secret.Id, secret.Newest.Tags, out var governed, out _) is not null && governed!.Id == resource.Id)
                return governed.Overlap;
        return kinds.Find(resource.Kind)?.Kind.Overlaps is [var only] ? only : null;
    }

    /// <summary>The <c>R</c> of every version, and where something bears a name like ours, of every attempt that evidence knows.</summary>
    private async Task<IReadOnlySet<string>> RotationsAsync(SweptResource resource, IReadOnlyList<SweptCredential> secrets, CancellationToken ct)
    {
        var rotations = secrets.SelectMany(secret => secret.Versions.SelectMany(version => new[] { version.Nhi?.Rotation, RotationId.Of(secret.Id, version.Version) })).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (resource.Credentials.Any(credential => credential.Name?.StartsWith(RotationId.DisplayPrefix, StringComparison.Ordinal) == true && !rotations.Contains(credential.Name[RotationId.DisplayPrefix.Length..])))
            rotations.UnionWith((await evidence.OfResourceAsync(resource.Id, ct)).Select(record => record.Rotation).OfType<string>());
        return rotations;
    }

    /// <summary>With what the directory says of its workload: as it said today, else as it says now; where it cannot be asked, as it said before.</summary>
    private async Task<SweptCredential> WithWorkloadAsync(SweptCredential swept, string? workload, SweepRun run, CancellationToken ct)
    {
        if (workload is null || (swept.Workload?.Name == workload && Daily.IsFresh(workload, swept.Workload.At, run.Now)))
            return swept;
        if (await TryAsync(async () => new SeenWorkload(workload, await run.Directory.WorkloadAsync(workload, ct), run.Now)) is not { } seen)
            return swept;
        var with = swept with { Workload = seen };
        await estate.WriteAsync(with, ct);
        return with;
    }

    /// <summary>Its roles at wide scopes, asked for once a day; where nobody could be asked, as they were.</summary>
    private async Task<IdentityRoles?> RolesAsync(SweptResource swept, string application, SweepRun run, CancellationToken ct)
    {
        if (Daily.IsFresh(swept.Id.Value, swept.RolesAt, run.Now))
            return swept.Roles;
        if (await TryAsync<IdentityRoles>(async () => await run.Directory.RolesAsync(application, ct)) is not { } roles)
            return swept.Roles;
        var wide = roles with { Grants = [.. roles.Grants.Where(grant => grant.IsWideScope).OrderBy(grant => grant.Role is { Power: null }).Take(MostGrants)] };
        await estate.WriteAsync(swept with { Roles = wide, RolesAt = run.Now }, ct);
        return wide;
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T?>> ask) where T : class
    {
        try
        {
            return await ask();
        }
        catch (ExternalCallException)
        {
            return null;
        }
    }
}

/// <summary>A credential as the inventory keeps it, and what is remembered of its owners; null where nothing is.</summary>
internal sealed record OwnedCredential(SweptCredential Swept, OwnerEntry? Entry);
