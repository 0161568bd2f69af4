namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>
/// What has to be found in a drawn estate, and nothing else: out of what was drawn, by the words of the issue that asks for the signals, one method a signal. It knows neither the product's rules nor its rows.
/// A further signal is a further line of <see cref="_ofCredentials"/> or <see cref="_ofResources"/>.
/// </summary>
internal sealed class SignalOracle
{
    private static readonly string[] _wideRoles = ["Owner", "Contributor", "User Access Administrator", "Key Vault Secrets User", "Storage Blob Data Owner"];
    private readonly DrawnEstate _estate;
    private readonly Dictionary<string, Func<DrawnCredential, bool>> _ofCredentials;
    private readonly Dictionary<string, Func<DrawnResource, bool>> _ofResources;
    private readonly ILookup<string, DrawnCredential> _readable;

    public SignalOracle(DrawnEstate estate)
    {
        _estate = estate;
        _readable = estate.Credentials.Where(MayBeRead).Where(credential => credential.Current.Enabled).ToLookup(credential => credential.Current.Value);
        _ofCredentials = new()
        {
            ["no-owner"] = NoOwner,
            ["owner-left"] = OwnerLeft,
            ["resource-gone"] = credential => credential.Resource is { } resource && IsGone(estate.Resources[resource]),
            ["workload-gone"] = credential => credential.Workload is Workload.Deleted or Workload.DeletedByPath,
            ["never-used"] = credential => credential.Reads.Count == 0 && IsSilentSince(credential, Made(credential)),
            ["unused"] = credential => credential.Reads.Count > 0 && IsSilentSince(credential, credential.Reads.Min(read => read.Age)),
            ["no-expiry"] = credential => credential.Current is { Enabled: true, EndsIn: null },
            ["life-too-long"] = LifeTooLong,
            ["old-version-enabled"] = credential => !credential.Unlistable && credential.Versions.SkipLast(1).Any(version => version.Enabled && IsPaid(credential, version)),
            ["no-policy"] = credential => credential.Rule == Rule.None,
            ["reused-value"] = ReusedValue,
            ["expired"] = credential => FactsOf(credential).Reports && credential.Current.Enabled && HasEnded(credential.Current),
            ["expired-accepted"] = credential => MayBeRead(credential) && IsVerified(credential) && credential.Versions.Any(version => version is { Enabled: true, Dead: false, Answer: Answer.Accepted } && HasEnded(version)),
            ["published-refused"] = credential => MayBeRead(credential) && IsVerified(credential) && credential.Current is { Enabled: true, Answer: Answer.Refused } && !HasEnded(credential.Current),
            ["attestation-due"] = credential => Wanted(credential) is { } left && left > TimeSpan.Zero && left <= Ahead(credential),
            ["attestation-lapsed"] = credential => Wanted(credential) <= TimeSpan.Zero,
        };
        _ofResources = new() { ["shadow"] = Shadow, ["over-privileged"] = OverPrivileged };
    }

    public IEnumerable<string> Signals => _ofCredentials.Keys.Concat(_ofResources.Keys);

    public HashSet<(string Signal, string Subject)> Labels =>
    [
        .. _estate.Credentials.Where(IsJudged).SelectMany(credential => _ofCredentials.Where(signal => signal.Value(credential)).Select(signal => (signal.Key, credential.Subject))),
        .. _estate.Resources.Values.SelectMany(resource => _ofResources.Where(signal => signal.Value(resource)).Select(signal => (signal.Key, resource.Id))),
    ];

    private static RuleFacts FactsOf(DrawnCredential credential) => RuleFacts.Of(credential.Rule);

    private static bool HasEnded(DrawnVersion version) => version.EndsIn <= TimeSpan.Zero;

    /// <summary>There, no certificate's, not dead already, not the product's own.</summary>
    private static bool IsJudged(DrawnCredential credential) => credential.IsListed(TimeSpan.Zero) && credential is { Certificate: false, Current.Dead: false, Log: not Log.Own };

    /// <summary>A rotator reads values, under a rule that enforces, where it knows what they open.</summary>
    private static bool MayBeRead(DrawnCredential credential) =>
        IsJudged(credential) && FactsOf(credential).Enforces && credential is { Unlistable: false, Withheld: false, Opens: not Opens.Untold and not Opens.Misread };

    private static bool IsVerified(DrawnCredential credential) => credential.Opens != Opens.Generated;

    // Owners.

    private IEnumerable<(Who Who, bool Caught)> Named(DrawnCredential credential)
    {
        foreach (var who in credential.Tag)
            yield return (who, false);
        if (credential.Assigned is { } assigned)
            yield return (assigned.Who, false);
        // Whoever confirmed an owner before another was named did not confirm that one.
        if (credential.Confirmed is { } confirmed && !(credential.Assigned?.Age <= confirmed.Age))
            yield return (confirmed.Who, false);
        if (FactsOf(credential).Owner is { } caught)
            yield return (caught, true);
        if (credential.Resource is { } id && _estate.Resources[id] is var resource)
            foreach (var who in resource.Owners.Where(_ => resource.Silent != Source.Application).Select(owner => (Who?)owner).Append(Heard(resource.ResourceTag, Source.Resource, resource)).Append(Heard(resource.GroupTag, Source.Group, resource)).Append(Heard(resource.Creator, Source.Creator, resource)))
                if (who is { } named)
                    yield return (named, false);
    }

    private static Who? Heard(Who? who, Source source, DrawnResource resource) => resource.Silent == source ? null : who;

    /// <summary>Every source that there is of its kind answered.</summary>
    private bool WereAllAsked(DrawnCredential credential) => credential.Resource is not { } id || _estate.Resources[id] is var resource && resource.Silent switch
    {
        Source.Application => resource.Opens != Opens.Application,
        Source.Resource or Source.Group or Source.Creator => resource.Opens != Opens.Account,
        _ => true,
    };

    /// <summary>A service answers nobody.</summary>
    private bool NoOwner(DrawnCredential credential) => WereAllAsked(credential) && Named(credential).All(named => named.Who == Who.Robot);

    /// <summary>The policy's default catches what nobody owns: it takes nobody's place. About whom the directory did not answer, he may be there.</summary>
    private bool OwnerLeft(DrawnCredential credential) => WereAllAsked(credential)
        && Named(credential).Any(named => named.Who is Who.Disabled or Who.Deleted)
        && !Named(credential).Any(named => named.Who is Who.Unasked || (!named.Caught && named.Who is Who.Person or Who.Team or Who.Stranger or Who.Words));

    // Use.

    /// <summary>The oldest version, or the first look where that was earlier; where nobody lists its versions, the current one.</summary>
    private static TimeSpan Made(DrawnCredential credential) => credential.Unlistable ? Most(credential.Current.Age, FirstSeen(credential)) : credential.Versions[0].Age;

    private static TimeSpan FirstSeen(DrawnCredential credential) => DrawnEstate.Inventories.First(credential.IsListed);

    private static TimeSpan Most(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>For so many days that its vault's log was heard, up to the log's end. What is for emergencies is meant to be unused.</summary>
    private static bool IsSilentSince(DrawnCredential credential, TimeSpan age)
    {
        var heard = DrawnEstate.HeardOf(credential.Log).Select(span => (From: span.From < age ? span.From : age, span.To)).Where(span => span.From > span.To).Aggregate(TimeSpan.Zero, (sum, span) => sum + (span.From - span.To));
        return credential.BreakGlass?.Trim().ToUpperInvariant() != "TRUE" && heard >= TimeSpan.FromDays(FactsOf(credential).UnusedDays);
    }

    // Versions.

    /// <summary>An hour more is nothing: whoever makes a version names its end before the service stamps its beginning. One that others made counts from when we took it under policy.</summary>
    private static bool LifeTooLong(DrawnCredential credential) => credential.Current is { Enabled: true, EndsIn: { } end } current
        && end + (current.Adopted ? current.Touched : current.Age) > TimeSpan.FromDays(FactsOf(credential).LifeDays) + TimeSpan.FromHours(1);

    /// <summary>
    /// Its debt is paid: it is marked dead itself, or what it holds is. A key, or a slot with its value, is one thing whoever holds it; a role lives on with another value, so that only what died later says that it did.
    /// </summary>
    private static bool IsPaid(DrawnCredential credential, DrawnVersion version)
    {
        var lives = credential.Opens is Opens.Application or Opens.Account && credential.Current is { Told: true } current && current.Handle == version.Handle;
        return version.Dead || (version is { Told: true, Handle: not null } && !lives
            && credential.Versions.Any(other => other is { Dead: true, Told: true } && other.Handle == version.Handle && (credential.Opens is Opens.Application or Opens.Account || other.Age < version.Age)));
    }

    private bool ReusedValue(DrawnCredential credential) => MayBeRead(credential) && credential.Current.Enabled
        && _readable[credential.Current.Value].Any(other => other != credential && (other.Resource is null || other.Resource != credential.Resource));

    /// <summary>What is left until its owner has to have said that it is needed; null: nobody asks.</summary>
    private static TimeSpan? Wanted(DrawnCredential credential) =>
        FactsOf(credential).AttestDays is > 0 and var days ? TimeSpan.FromDays(days) - (credential.Confirmed?.Age ?? FirstSeen(credential)) : null;

    /// <summary>Two weeks before, or half of the time where that is shorter.</summary>
    private static TimeSpan Ahead(DrawnCredential credential) => TimeSpan.FromDays(Math.Min(14, FactsOf(credential).AttestDays / 2.0));

    // Resources: seen once a secret that opens them was.

    private IEnumerable<DrawnCredential> Opening(DrawnResource resource) => _estate.Credentials.Where(credential => credential.Resource == resource.Id && !credential.Certificate);

    private bool WasSeen(DrawnResource resource, TimeSpan since) => Opening(resource).Any(credential => !credential.Unlistable && DrawnEstate.Inventories.Any(age => age >= since && credential.IsListed(age)));

    private bool IsGone(DrawnResource resource) => resource.Standing is Standing.Gone or Standing.GoneLately && WasSeen(resource, TimeSpan.Zero);

    /// <summary>How long ago its provider answered last that it is there; null: it did not, or is gone.</summary>
    private TimeSpan? SeenAt(DrawnResource resource) => resource.Standing switch
    {
        Standing.There when WasSeen(resource, TimeSpan.Zero) => TimeSpan.Zero,
        Standing.UnreachableLately when WasSeen(resource, DrawnEstate.Before) => DrawnEstate.Before,
        _ => null,
    };

    private bool OverPrivileged(DrawnResource resource) => resource is { Opens: Opens.Application, RolesRefused: false } && WasSeen(resource, TimeSpan.Zero) && !IsGone(resource)
        && resource.Roles.Any(grant => _wideRoles.Contains(grant.Role) && !grant.Scope.Contains("resourcegroups", StringComparison.Ordinal));

    /// <summary>More keys that nobody holds than versions of which nobody knows what they hold, each of them for one that is not younger.</summary>
    private bool Shadow(DrawnResource resource)
    {
        var secrets = Opening(resource).Where(credential => credential.IsListed(TimeSpan.Zero)).ToList();
        if (resource.Opens != Opens.Application || SeenAt(resource) is not { } seen || secrets.Any(secret => secret.Unlistable))
            return false;
        var versions = secrets.SelectMany(secret => secret.Versions.Select(version => (Secret: secret, Version: version))).ToList();
        var held = versions.Where(one => one.Version.Told).Select(one => one.Version.Handle).ToHashSet();
        var ours = versions.SelectMany(one => new[] { DrawnEstate.RotationOf(one.Secret, one.Version), one.Version.Minted ? DrawnEstate.Name($"rotation of {one.Secret.Number} {one.Version.Id}") : null }).ToHashSet();
        var stray = resource.Keys.Where(key => !(key.Age < seen) && !held.Contains(key.Place) && !(key.EndsIn <= TimeSpan.Zero) && key.Kind != KeyName.OfEvidence && !(key.Name is ['n', 'h', 'i', '-', .. var rotation] && ours.Contains(rotation))).ToList();
        var mute = versions.Select(one => one.Version).Where(version => !version.Told && !version.Dead && !HasEnded(version)).ToList();
        return Pairs(stray, mute) < stray.Count;
    }

    /// <summary>The most keys that can have a version each: whoever has none takes one whose key can take another.</summary>
    private static int Pairs(List<DrawnKey> keys, List<DrawnVersion> versions)
    {
        var of = new Dictionary<DrawnVersion, DrawnKey>();
        return keys.Count(key => Takes(key, []));

        bool Takes(DrawnKey key, HashSet<DrawnVersion> tried)
        {
            foreach (var version in versions.Where(version => !(version.Age > key.Age + TimeSpan.FromHours(1))))
                if (tried.Add(version) && (!of.TryGetValue(version, out var other) || Takes(other, tried)))
                {
                    of[version] = key;
                    return true;
                }

            return false;
        }
    }
}
