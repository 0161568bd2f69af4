using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Index;

/// <summary>Partition and row keys of the index. They never hold <c>/ \ # ?</c>.</summary>
public static partial class IndexKeys
{
    private const int MostHashes = 2_000;
    private static readonly ConcurrentDictionary<string, string> Hashes = new(StringComparer.Ordinal);

    /// <summary>Records of a credential, newest first.</summary>
    public static string Credential(string id) => "c:" + Hash(id);

    /// <summary>Records about a resource, newest first. Ids of resources ignore case.</summary>
    public static string Resource(string id) => "r:" + Hash(Lower(id));

    /// <summary>Records of an hour (UTC), oldest first.</summary>
    public static string Hour(DateTimeOffset time) => time.UtcDateTime.ToString("'d:'yyyyMMdd':'HH", CultureInfo.InvariantCulture);

    /// <summary>Records of one action and result of a month (UTC), newest first; the result of an intent is <c>intent</c>.</summary>
    public static string Action(string action, string? result, DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"a:{action}:{result ?? "intent"}:{time.UtcDateTime:yyyyMM}");

    /// <summary>Records of an owner, newest first.</summary>
    public static string Owner(string id) => "o:" + (PlainPattern().IsMatch(id) ? id : Hash(id));

    /// <summary>Records of one session of an agent, or of one run of a pipeline, newest first.</summary>
    public static string Session(string id) => "s:" + Hash(id);

    /// <summary>Records of one attempt, by stage.</summary>
    public static string Operation(string op) => "x:" + op;

    /// <summary>Open intents, by deadline: 32 partitions, by the first character of the attempt's name.</summary>
    public static string Open(char first) => "open:" + first;

    /// <summary>The partitions of open intents: from the first (inclusive) to the second (exclusive).</summary>
    public static (string From, string To) OpenPartitions => ("open:", "open;");

    // Places are a log's own: two logs that seal at the same hour may do so at the same place.
    internal static string PlaceOf(long index, string log) => string.Create(CultureInfo.InvariantCulture, $"{index:D12}:{Hash(log)[..8]}");

    internal static string NewestFirst(DateTimeOffset time, string place) => string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.Ticks - time.UtcTicks:D19}:{place}");

    internal static string OldestFirst(DateTimeOffset time, string place) => string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:HHmmssfff}:{place}");

    internal static string ByStage(string stage, string place) => $"{stage}:{place}";

    internal static string ByDeadline(DateTimeOffset deadline, string op) => string.Create(CultureInfo.InvariantCulture, $"{deadline.UtcDateTime:yyyyMMddHHmmss}:{op}");

    /// <summary>The first 26 characters of lower-case Crockford base32 over SHA-256. Remembered: a log, a credential and a resource come again in record after record.</summary>
    internal static string Hash(string text)
    {
        if (Hashes.TryGetValue(text, out var known))
            return known;
        if (Hashes.Count >= MostHashes)
            Hashes.Clear();
        return Hashes[text] = CrockfordBase32.OfSha256(text);
    }

#pragma warning disable CA1308 // Azure's ids ignore case, and lower case is how this product writes them.
    private static string Lower(string id) => id.ToLowerInvariant();
#pragma warning restore CA1308

    [GeneratedRegex(@"\A[A-Za-z0-9._@-]{1,200}\z")]
    private static partial Regex PlainPattern();
}
