using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>An estate as it was drawn: what is so, and nothing of what anybody says about it. Ages are counted back from <see cref="Now"/>, what "ends in" forward.</summary>
internal sealed record DrawnEstate(int Seed, DateTimeOffset Now, IReadOnlyList<DrawnCredential> Credentials, IReadOnlyDictionary<string, DrawnResource> Resources)
{
    /// <summary>When inventories are made, the last one now. Between any two of the first and the last three lies more than a day, so that each sees all that is to be seen.</summary>
    public static readonly IReadOnlyList<TimeSpan> Inventories = [.. ((int[])[1080, 721, 720, 719, 385, 384, 383, 241, 240, 239, 121, 120, 119, 48, 0]).Select(hours => TimeSpan.FromHours(hours))];

    /// <summary>The last inventory before the one of now.</summary>
    public static readonly TimeSpan Before = TimeSpan.FromDays(2);

    /// <summary>Until then is "lately".</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromHours(36);

    /// <summary>The hosts of vaults by their log.</summary>
    public static string HostOf(Log log) => $"kv-{log.ToString().ToLowerInvariant()}.vault.azure.net";

    /// <summary>The stretches in which a log was heard; none for one that never was.</summary>
    public static IReadOnlyList<(TimeSpan From, TimeSpan To)> HeardOf(Log log) => log switch
    {
        Log.Whole => [(TimeSpan.FromDays(400), Lag)],
        Log.Seasonal => [(TimeSpan.FromDays(200), TimeSpan.FromDays(120)), (TimeSpan.FromDays(30), Lag)],
        Log.Young => [(TimeSpan.FromDays(75), Lag)],
        _ => [],
    };

    public static readonly TimeSpan Lag = TimeSpan.FromMinutes(12);

    /// <summary>26 characters of Crockford's base32 over SHA-256, by a big number and not by bits.</summary>
    public static string Name(string text)
    {
        var number = new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(text)), isUnsigned: true, isBigEndian: true) >> (256 - 130);
        var name = new char[26];
        for (var i = 25; i >= 0; i--, number /= 32)
            name[i] = "0123456789abcdefghjkmnpqrstvwxyz"[(int)(number % 32)];
        return new string(name);
    }

    /// <summary>What a rotation that replaces this version is called.</summary>
    public static string RotationOf(DrawnCredential credential, DrawnVersion version) => Name($"rotation\n{credential.Subject}\n{version.Id}");
}

/// <summary>One secret with all that was drawn for it. The last version is the current one.</summary>
internal sealed record DrawnCredential
{
    public required int Number { get; init; }
    public required string Name { get; init; }
    public required Log Log { get; init; }
    public required Rule Rule { get; init; }
    public required Opens Opens { get; init; }

    /// <summary>As its tag names it; null where its tags name none.</summary>
    public required string? Resource { get; init; }
    public required Presence Presence { get; init; }
    public required bool Certificate { get; init; }

    /// <summary>It came into its vault so long ago, with all its versions: from a backup.</summary>
    public required TimeSpan Came { get; init; }
    public required IReadOnlyList<DrawnVersion> Versions { get; init; }

    /// <summary>Its vault does not list its versions, or gives nobody its values.</summary>
    public required bool Unlistable { get; init; }
    public required bool Withheld { get; init; }
    public required IReadOnlyList<Who> Tag { get; init; }
    public required (Who Who, TimeSpan Age)? Assigned { get; init; }
    public required (Who Who, TimeSpan Age)? Confirmed { get; init; }
    public required string? BreakGlass { get; init; }
    public required Workload Workload { get; init; }

    /// <summary>How long ago which version was read; null: whatever was current then.</summary>
    public required IReadOnlyList<(string? Version, TimeSpan Age)> Reads { get; init; }

    public string Host => DrawnEstate.HostOf(Log);
    public string Subject => $"kv:{Host}/{Name}";
    public DrawnVersion Current => Versions[^1];

    /// <summary>Whether a list shows it at that age.</summary>
    public bool IsListed(TimeSpan age) => age <= Came && Presence switch
    {
        Presence.Deleted => age > TimeSpan.FromDays(3),
        Presence.DeletedLately => age > DrawnEstate.Lately,
        Presence.Recovered => age > TimeSpan.FromDays(3) || age <= DrawnEstate.Lately,
        _ => true,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Subject}: {Rule}, opens {Opens} {Resource}, {Presence}{(Certificate ? ", certificate" : "")}{(Unlistable ? ", unlistable" : "")}{(Withheld ? ", withheld" : "")}, came {Came} ago, tagged [{string.Join(", ", Tag)}], assigned {Assigned}, confirmed {Confirmed}, break glass '{BreakGlass}', workload {Workload}, reads [{string.Join(", ", Reads)}]
            {string.Join("\n    ", Versions)}
        """);
}

/// <summary>One version. <paramref name="Handle"/>: what the provider calls it, null where the kind has no handles; <paramref name="Told"/>: whether its tag says so; <paramref name="Minted"/>: by us, under a rotation; <paramref name="Touched"/>: its last change.</summary>
internal sealed record DrawnVersion(string Id, TimeSpan Age, TimeSpan? EndsIn, bool Enabled, bool EnabledLately, string? Handle, bool Told, bool Minted, bool Adopted, TimeSpan Touched, bool Dead, string Value, bool Wrapped, Answer Answer);

/// <summary>What stands at a provider.</summary>
internal sealed record DrawnResource
{
    public required string Id { get; init; }
    public required Opens Opens { get; init; }
    public required Standing Standing { get; init; }
    public IReadOnlyList<DrawnKey> Keys { get; set; } = [];
    public required IReadOnlyList<(string Role, string Scope)> Roles { get; init; }
    public required bool RolesRefused { get; init; }
    public required IReadOnlyList<Who> Owners { get; init; }
    public required Who? ResourceTag { get; init; }
    public required Who? GroupTag { get; init; }
    public required Who? Creator { get; init; }
    public required Source Silent { get; init; }

    public override string ToString() =>
        $"{Id}: {Standing}, keys [{string.Join(", ", Keys)}], roles [{string.Join(", ", Roles)}]{(RolesRefused ? " refused" : "")}, owners [{string.Join(", ", Owners)}], tag {ResourceTag}, group {GroupTag}, creator {Creator}, silent {Silent}";
}

internal sealed record DrawnKey(string Place, KeyName Kind, string? Name, TimeSpan? Age, TimeSpan? EndsIn);
