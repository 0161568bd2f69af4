using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Holds what the platform logged against what evidence says. Pure. Who called explains nothing: a change by the product's own identity that no record names is what a thief of that identity leaves.
/// </summary>
public sealed class RealityJoin
{
    /// <summary>How long evidence may take to say what became of an attempt: its outcome, or the next holder's.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);

    /// <summary>An attempt that nobody closed explains nothing any more.</summary>
    public static readonly TimeSpan LongPatience = TimeSpan.FromHours(3);

    /// <summary>A vault's announcement wants an answer within this time.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromDays(1);

    /// <summary>The platform's stamp and the service's <c>Date</c> are of one clock, but for seconds.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(90);

    private readonly ILookup<string, Deed> _ofCredential;
    private readonly ILookup<string, Deed> _ofResource;
    private readonly ILookup<string, Deed> _ofHandle;
    private readonly ILookup<string, Deed> _ofVersion;
    private readonly bool _afterGap;

    // One attempt mints once and kills once: a second change of the kind is another one's.
    private readonly Dictionary<(string Op, ChangeKind Kind), string> _explained;

    /// <param name="deeds">What evidence says.</param>
    /// <param name="explained">What earlier runs explained already.</param>
    /// <param name="afterGap">True in the first run after nothing ran for long: whoever closes attempts that were left open has only just begun too.</param>
    public RealityJoin(IReadOnlyList<Deed> deeds, IEnumerable<ExplainedChange> explained, bool afterGap = false)
    {
        _afterGap = afterGap;
        _explained = explained.GroupBy(known => (known.Op, known.Kind)).ToDictionary(group => group.Key, group => group.First().Key);
        _ofCredential = deeds.Where(deed => deed.Credential is not null).ToLookup(deed => deed.Credential!, StringComparer.OrdinalIgnoreCase);
        _ofResource = deeds.Where(deed => deed.Resource is not null).ToLookup(deed => deed.Resource!, StringComparer.OrdinalIgnoreCase);
        _ofHandle = deeds.SelectMany(deed => deed.Handles.Select(handle => (handle, deed))).ToLookup(pair => pair.handle, pair => pair.deed, StringComparer.OrdinalIgnoreCase);
        _ofVersion = deeds.SelectMany(deed => deed.Altered.Select(version => (version, deed))).ToLookup(pair => pair.version, pair => pair.deed, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What is to be said of one change. <paramref name="resource"/>: what its secret opens, where that is known.</summary>
    public ChangeVerdict Judge(PlatformChange change, ResourceId? resource, DateTimeOffset now)
    {
        var explains = Explains(change, resource);
        if (explains is { IsOpen: false })
            return new ChangeVerdict(Judged.Matched, explains.Path, OnceOf(explains, change));
        if (change.Kind == ChangeKind.NearExpiry)
            return new ChangeVerdict(now - change.Time < AnswerWithin ? Judged.NotYet : Judged.Unexplained);
        // Begun and not ended: whoever takes the row next says what became of it.
        if (explains is not null)
            return new ChangeVerdict(_afterGap || now - change.Time < LongPatience ? Judged.NotYet : Judged.Unexplained);
        return new ChangeVerdict(now - change.Time < Patience ? Judged.NotYet : Judged.Unexplained);
    }

    private Deed? Explains(PlatformChange change, ResourceId? resource) => change.Kind switch
    {
        ChangeKind.Published => Publication(change, resource),
        ChangeKind.Altered => Alteration(change),
        ChangeKind.Minted => Once(change, change.Handle is { } added ? _ofHandle[added].Where(deed => deed.Mints) : OfResource(change.Resource).Where(deed => (deed.Mints || deed.Kills) && Spans(deed, change.Time))),
        // What an attempt named it may kill while it lasts; whoever kills it later is another one.
        ChangeKind.Killed => Best((change.Handle is { } gone ? _ofHandle[gone] : OfResource(change.Resource)).Where(deed => deed.Kills && Spans(deed, change.Time))),
        ChangeKind.NearExpiry => OfCredential(change).Concat(OfResource(resource).Where(deed => deed is { Publishes: true, IsCutover: true })).FirstOrDefault(deed => deed.Answers && deed.Ended >= change.Time - Slack),
        // A removal deletes a secret at its end, once. Nothing that the product does purges, recovers or restores one, or takes a backup of it.
        ChangeKind.Removed when change.Operation == "SecretDelete" => Once(change, OfCredential(change).Where(deed => deed.Deletes && Spans(deed, change.Time))),
        _ => null,
    };

    /// <summary>The closing that names this version; else one that published the same for a sibling of its secret, as a cutover does, once for each of them; else an attempt that is still open.</summary>
    private Deed? Publication(PlatformChange change, ResourceId? resource)
    {
        var named = OfCredential(change).FirstOrDefault(deed => deed.Publishes && string.Equals(deed.Published, change.Version, StringComparison.OrdinalIgnoreCase));
        if (named is not null)
            return named;
        var cutovers = OfResource(resource).Where(deed => deed is { Publishes: true, IsCutover: true } && !Same(deed.Credential, change.Credential) && Spans(deed, change.Time)).ToList();
        return Once(change, cutovers.Where(deed => deed.Published is not null)) ?? OfCredential(change).Concat(cutovers).FirstOrDefault(deed => deed.Publishes && deed.IsOpen && Spans(deed, change.Time));
    }

    /// <summary>Only where a record names the version: others may write to the same secret, or to its sibling, in the very minute of ours.</summary>
    private Deed? Alteration(PlatformChange change) => Best(_ofVersion[$"{change.Credential}/{change.Version}"].Where(deed => Spans(deed, change.Time)));

    /// <summary>What an attempt does once, as it is remembered; null for what a record names. A cutover publishes once for each secret of its resource.</summary>
    private static string? OnceOf(Deed deed, PlatformChange change) => change.Kind switch
    {
        ChangeKind.Minted or ChangeKind.Removed => deed.Op,
        ChangeKind.Published when !Same(deed.Credential, change.Credential) => $"{deed.Op} {change.Credential}",
        _ => null,
    };

    private Deed? Once(PlatformChange change, IEnumerable<Deed> deeds)
    {
        foreach (var deed in deeds.OrderBy(deed => deed.IsOpen).ThenBy(deed => (change.Time - deed.Start).Duration()))
        {
            var once = (OnceOf(deed, change)!, change.Kind);
            if (_explained.TryGetValue(once, out var other) && other != change.Key)
                continue;
            _explained[once] = change.Key;
            return deed;
        }

        return null;
    }

    private static Deed? Best(IEnumerable<Deed> deeds) => deeds.OrderBy(deed => deed.IsOpen).FirstOrDefault();

    private IEnumerable<Deed> OfCredential(PlatformChange change) => change.Credential is { } id ? _ofCredential[id.ToString()] : [];

    private IEnumerable<Deed> OfResource(ResourceId? resource) => resource is { } id ? _ofResource[id.Value] : [];

    private static bool Same(string? credential, CredentialId? id) => string.Equals(credential, id?.ToString(), StringComparison.OrdinalIgnoreCase);

    private static bool Spans(Deed deed, DateTimeOffset at) => deed.Start - Slack <= at && (deed.Ended is null || at <= deed.Ended + Slack);
}

/// <summary>What is said of a change, the record that explains it, and the attempt where that explains nothing else of its kind.</summary>
public sealed record ChangeVerdict(Judged What, string? Record = null, string? Op = null);

/// <summary>Whether evidence explains a change.</summary>
public enum Judged
{
    /// <summary>A record says that we did it.</summary>
    Matched,

    /// <summary>A record may still come.</summary>
    NotYet,

    /// <summary>No record says it.</summary>
    Unexplained,
}
