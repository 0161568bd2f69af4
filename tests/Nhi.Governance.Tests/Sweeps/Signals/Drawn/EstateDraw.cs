using System.Globalization;

namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>Draws an estate: each dimension by itself, and what lies at, just under and just over a limit of days more often than what lies anywhere.</summary>
internal sealed class EstateDraw
{
    private const int Most = 450;
    private const int MostWithheldOfAVault = 4;
    private static readonly string[] _roles = ["Owner", "Contributor", "User Access Administrator", "Key Vault Secrets User", "Storage Blob Data Owner", "Reader", "Storage Blob Data Contributor", "Virtual Machine Contributor", "unread"];
    private readonly Random _random;
    private readonly int _seed;
    private readonly List<DrawnCredential> _credentials = [];
    private readonly Dictionary<string, DrawnResource> _resources = [];
    private int _serial;

    private EstateDraw(int seed)
    {
        _seed = seed;
#pragma warning disable CA5394, RS0030 // A seed that the test names, so that a failure comes again.
        _random = new Random(seed);
#pragma warning restore CA5394, RS0030
    }

    public static DrawnEstate Of(int seed)
    {
        var draw = new EstateDraw(seed);
        for (var number = 0; number < Most; number++)
            draw._credentials.Add(draw.Credential(number));
        foreach (var resource in draw._resources.Values)
            resource.Keys = draw.Keys(resource, [.. draw._credentials.Where(credential => credential.Resource == resource.Id)]);
        return new DrawnEstate(seed, new DateTimeOffset(2026, 9, 14, 6, 0, 0, TimeSpan.Zero).AddHours(seed % 24), draw._credentials, draw._resources);
    }

    private DrawnCredential Credential(int number)
    {
        var log = One((40, Log.Whole), (20, Log.Seasonal), (15, Log.Young), (12, Log.Unheard), (4, Log.Own));
        var rule = One((32, Rule.Strict), (14, Rule.Watched), (15, Rule.Asked), (8, Rule.Often), (13, Rule.Reported), (6, Rule.Caught), (6, Rule.CaughtByOneWhoLeft), (6, Rule.None));
        var opens = log == Log.Own ? Opens.Generated : One((42, Opens.Application), (18, Opens.Account), (10, Opens.Roles), (10, Opens.Single), (10, Opens.Generated), (5, Opens.Untold), (4, Opens.Misread));
        var name = $"{NamePrefix(rule)}{number}";
        var resource = Resource(number, opens);
        var limits = RuleFacts.Of(rule);
        var versions = Versions(log, limits, opens, resource is null ? null : _credentials.LastOrDefault(credential => credential.Resource == resource.Id));
        var came = versions[0].Age;
        if (limits.AttestDays > 0 || Chance(10))
            came = Least(came, DrawnEstate.Inventories[Below(DrawnEstate.Inventories.Count)]);
        var presence = One((88, Presence.There), (4, Presence.Deleted), (4, Presence.DeletedLately), (4, Presence.Recovered));
        return new DrawnCredential
        {
            Number = number, Name = name, Log = log, Rule = rule, Opens = opens, Resource = resource?.Id, Came = came, Versions = versions,
            Presence = presence,
            Certificate = Chance(4),
            // What is not listed any more is asked after once more: where that is refused, nobody says that it is gone.
            Unlistable = presence == Presence.There && Chance(3),
            Withheld = Chance(3) && _credentials.Count(credential => credential.Withheld && credential.Log == log) < MostWithheldOfAVault,
            Tag = Owners(70),
            Assigned = Chance(5) ? (Somebody(), Any(40)) : null,
            Confirmed = Chance(limits.AttestDays > 0 ? 50 : 5) ? (Somebody(), limits.AttestDays > 0 ? Confirmation(limits.AttestDays) : Any(40)) : null,
            BreakGlass = One((80, null), (10, "true"), (4, " TRUE "), (3, "false"), (3, "yes")),
            Workload = One((65, Workload.Untold), (10, Workload.Running), (5, Workload.Disabled), (8, Workload.Deleted), (4, Workload.DeletedByPath), (4, Workload.Unasked), (4, Workload.Garbage)),
            Reads = Reads(log, limits, versions),
        };
    }

    /// <summary>A name that another rule would match too, where the first one matches by a tag.</summary>
    private string NamePrefix(Rule rule) => rule switch
    {
        Rule.Asked => "asked-",
        Rule.Often => "often-",
        Rule.Watched => "w-",
        Rule.Strict when Chance(20) => One((1, "asked-"), (1, "often-"), (1, "w-")),
        _ => "s-",
    };

    private DrawnResource? Resource(int number, Opens opens)
    {
        if (opens is Opens.Generated or Opens.Untold or Opens.Misread)
            return null;
        if (Chance(10) && _resources.Values.Where(known => known.Opens == opens).ToList() is { Count: > 0 } known)
            return known[Below(known.Count)];
        var id = opens switch
        {
            Opens.Application => $"entra:{Guid(number)}",
            Opens.Account => $"/subscriptions/{Guid(1)}/resourcegroups/rg{number}/providers/microsoft.storage/storageaccounts/account{number}",
            Opens.Roles => $"db{number}.postgres.database.azure.com/app/a+b",
            _ => $"single-{number}",
        };
        return _resources[id] = new DrawnResource
        {
            Id = id, Opens = opens,
            Standing = One((76, Standing.There), (6, Standing.Gone), (5, Standing.GoneLately), (4, Standing.Unreachable), (5, Standing.UnreachableLately), (4, Standing.Forbidden)),
            Roles = opens == Opens.Application ? [.. Enumerable.Range(0, One((60, 0), (30, 1), (10, 2))).Select(_ => (_roles[Below(_roles.Length)], Scope()))] : [],
            RolesRefused = Chance(4),
            Owners = opens == Opens.Application && Chance(40) ? [.. Enumerable.Range(0, 1 + Below(2)).Select(_ => One((30, Who.Person), (25, Who.Disabled), (25, Who.Deleted), (15, Who.Robot), (5, Who.Unasked)))] : [],
            ResourceTag = opens == Opens.Account && Chance(30) ? Somebody() : null,
            GroupTag = opens == Opens.Account && Chance(30) ? Somebody() : null,
            Creator = opens == Opens.Account && Chance(40) ? One((40, Who.Person), (25, Who.Disabled), (20, Who.Deleted), (15, Who.Robot)) : null,
            Silent = Chance(12) ? One((1, Source.Application), (1, Source.Resource), (1, Source.Group), (1, Source.Creator)) : Source.None,
        };
    }

    private string Scope() => One(
        (10, "/"), (20, $"/subscriptions/{Guid(1)}"), (15, "/providers/microsoft.management/managementgroups/root"), (25, $"/subscriptions/{Guid(1)}/resourcegroups/app"), (20, $"/subscriptions/{Guid(1)}/resourcegroups/app/providers/microsoft.web/sites/app"));

    private List<DrawnVersion> Versions(Log log, RuleFacts limits, Opens opens, DrawnCredential? mate)
    {
        var oldest = Chance(12) ? TimeSpan.FromHours(1) : Near(Silence(log, limits.UnusedDays));
        var ages = new SortedSet<TimeSpan> { oldest };
        if (oldest > TimeSpan.FromHours(4))
            for (var more = One((40, 0), (28, 1), (20, 2), (12, 3)); more > 0; more--)
                ages.Add(TimeSpan.FromMinutes(1 + Below((int)oldest.TotalMinutes - 1)));
        var versions = new List<DrawnVersion>();
        foreach (var age in ages.Reverse())
            versions.Add(Version(versions, age, isCurrent: age == ages.Min, limits, opens, reuses: log == Log.Own ? 60 : 10, mate));
        return versions;
    }

    private DrawnVersion Version(List<DrawnVersion> before, TimeSpan age, bool isCurrent, RuleFacts limits, Opens opens, int reuses, DrawnCredential? mate)
    {
        var id = (++_serial).ToString("x32", CultureInfo.InvariantCulture);
        // A rollback publishes what was published before; now and then somebody uses a value a second time, and a vault of ours stages it.
        var again = before.Count > 0 && Chance(12) ? before[Below(before.Count)] : null;
        // Secrets of one resource publish the same by design.
        var same = again is null && isCurrent && Chance(50) ? mate?.Current : null;
        var other = again is null && same is null && _credentials.Count > 0 && Chance(isCurrent ? reuses : 6) ? _credentials[Below(_credentials.Count)] : null;
        var (value, answer) = (again ?? same) is { } known ? (known.Value, known.Answer)
            : other is not null ? (Chance(75) ? other.Current : other.Versions[0]) is var taken ? (taken.Value, taken.Answer) : default
            : ($"value {_seed} {_serial}", One((isCurrent ? 85 : 60, Answer.Accepted), (isCurrent ? 10 : 30, Answer.Refused), (5, Answer.Unknown)));
        var handle = opens switch
        {
            Opens.Application => (again ?? same)?.Handle ?? Guid(100_000 + _serial),
            Opens.Account => $"{(before.Count % 2 == 0 ? "key1" : "key2")}:{DrawnEstate.Name(value)}",
            Opens.Roles => before.Count % 2 == 0 ? "a" : "b",
            Opens.Single => "only",
            _ => null,
        };
        var (minted, adopted) = (Chance(40), Chance(20));
        var touched = adopted || Chance(8) ? Least(age, Any(Math.Max(1, (int)age.TotalDays))) : age;
        return new DrawnVersion(
            id, age, EndsIn(isCurrent, (adopted && !minted) || Chance(10) ? touched : age, limits),
            Enabled: Chance(isCurrent ? 92 : 65), EnabledLately: !isCurrent && Chance(15), handle, Told: handle is not null && Chance(80), minted, adopted && !minted, touched, Dead: Chance(isCurrent ? 3 : 35), value, Wrapped: Chance(25), answer);
    }

    private TimeSpan? EndsIn(bool isCurrent, TimeSpan start, RuleFacts limits)
    {
        if (!isCurrent)
            return One((30, (TimeSpan?)null), (35, Any(40)), (35, -Any(40)));
        var limit = TimeSpan.FromDays(limits.LifeDays) - start;
        return One(
            (10, (TimeSpan?)null), (8, limit), (6, limit + TimeSpan.FromMinutes(30)), (8, limit + TimeSpan.FromHours(2)), (6, limit - TimeSpan.FromHours(1)), (4, limit + Any(200)),
            (3, TimeSpan.Zero), (3, TimeSpan.FromSeconds(1)), (12, -Any(20)), (40, Least(Any(60), limit > TimeSpan.Zero ? limit : Any(60))));
    }

    private List<(string? Version, TimeSpan Age)> Reads(Log log, RuleFacts limits, List<DrawnVersion> versions)
    {
        List<(string?, TimeSpan)> reads = [];
        for (var more = One((35, 0), (45, 1), (20, 2)); more > 0; more--)
        {
            var version = versions[Below(versions.Count)];
            var age = Chance(40) ? Near(Silence(log, limits.UnusedDays)) : TimeSpan.FromMinutes(15 + Below(60 * 24 * 20));
            // Nobody reads what is not there yet.
            reads.Add((Chance(20) ? null : version.Id, Least(age, version.Age)));
        }

        return reads;
    }

    private IReadOnlyList<DrawnKey> Keys(DrawnResource resource, IReadOnlyList<DrawnCredential> secrets)
    {
        if (resource.Opens != Opens.Application)
            return resource.Opens == Opens.Account ? [Slot("key1"), Slot("key2")] : [];
        var keys = new Dictionary<string, DrawnKey>();
        foreach (var version in secrets.SelectMany(secret => secret.Versions).Where(version => version is { Handle: not null, Dead: false } && Chance(95)))
            keys.TryAdd(version.Handle!, new DrawnKey(version.Handle!, KeyName.None, Chance(50) ? "made by hand" : null, version.Age + TimeSpan.FromSeconds(5), Chance(10) ? -Any(9) : Chance(50) ? Any(300) : null));
        for (var more = One((70, 0), (20, 1), (10, 2)); more > 0; more--)
        {
            var near = secrets[Below(secrets.Count)];
            var kind = One((20, KeyName.None), (30, KeyName.Words), (15, KeyName.OfVersion), (10, KeyName.OfTag), (10, KeyName.OfEvidence), (15, KeyName.Foreign));
            var version = near.Versions[Below(near.Versions.Count)];
            var place = Guid(200_000 + ++_serial);
            keys[place] = new DrawnKey(place, kind, NameOf(kind, near, version), Age(version), One((70, (TimeSpan?)null), (20, -Any(9)), (10, Any(9))));
        }

        return [.. keys.Values.OrderBy(key => DrawnEstate.Name(key.Place), StringComparer.Ordinal)];
    }

    private TimeSpan? Age(DrawnVersion version) => One<TimeSpan?>(
        (10, null), (40, Any(300)), (15, version.Age), (10, Least(version.Age, version.Age - TimeSpan.FromMinutes(59))), (10, version.Age - TimeSpan.FromHours(1)), (15, version.Age - TimeSpan.FromMinutes(61))) is { } age && age > TimeSpan.Zero ? age : null;

    private string? NameOf(KeyName kind, DrawnCredential secret, DrawnVersion version) => kind switch
    {
        KeyName.Words => "laptop of bob",
        KeyName.OfVersion => $"nhi-{DrawnEstate.RotationOf(secret, version)}",
        // The version before it named the rotation that its own tag bears; it may be long gone.
        KeyName.OfTag => $"nhi-{DrawnEstate.Name($"rotation of {secret.Number} {version.Id}")}",
        KeyName.OfEvidence => $"nhi-{DrawnEstate.Name($"attempt {_serial}")}",
        KeyName.Foreign => $"nhi-{DrawnEstate.Name($"of another deployment {_serial}")}",
        _ => null,
    };

    private static DrawnKey Slot(string name) => new(name, KeyName.None, null, TimeSpan.FromDays(900), null);

    private List<Who> Owners(int percent) => Chance(percent) ? [.. Enumerable.Range(0, One((75, 1), (25, 2))).Select(_ => Somebody())] : [];

    private Who Somebody() => One((30, Who.Person), (15, Who.Team), (20, Who.Disabled), (12, Who.Deleted), (10, Who.Robot), (4, Who.Stranger), (4, Who.Words), (5, Who.Unasked));

    /// <summary>How long ago something has to have been for a log to have heard so many days since.</summary>
    private static TimeSpan Silence(Log log, int days) =>
        log == Log.Seasonal && days > 30 ? TimeSpan.FromDays(120) + TimeSpan.FromDays(days) - (TimeSpan.FromDays(30) - DrawnEstate.Lag) : TimeSpan.FromDays(days) + DrawnEstate.Lag;

    private TimeSpan Confirmation(int days) => Chance(50) ? Near(TimeSpan.FromDays(days)) : Near(TimeSpan.FromDays(days) - TimeSpan.FromDays(Math.Min(14, days / 2.0)));

    private TimeSpan Near(TimeSpan limit) => One((15, limit), (15, limit - TimeSpan.FromSeconds(1)), (15, limit + TimeSpan.FromSeconds(1)), (55, TimeSpan.FromMinutes(5 + Below((int)limit.TotalMinutes * 2))));

    private TimeSpan Any(int days) => TimeSpan.FromSeconds(1 + Below(days * 86_400));

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Guid(int number) => $"dddddddd-0000-4000-8000-{number:d12}";

    private bool Chance(int percent) => Below(100) < percent;

    private T One<T>(params (int Weight, T Value)[] choices)
    {
        var at = Below(choices.Sum(choice => choice.Weight));
        foreach (var (weight, value) in choices)
            if ((at -= weight) < 0)
                return value;
        throw new InvalidOperationException("Weights are above zero.");
    }

#pragma warning disable CA5394 // Of a seed that the test names.
    private int Below(int most) => _random.Next(most);
#pragma warning restore CA5394
}
