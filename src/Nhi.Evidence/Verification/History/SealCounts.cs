using Nhi.Evidence.Records;

namespace Nhi.Evidence.Verification.History;

/// <summary>Counts what seals count: leaves by verb and stage, as their names show both. Two bytes a leaf, so that any range of the log can be counted again.</summary>
internal sealed class SealCounts
{
    private const int ChunkSize = 65_536;
    private const string Other = "other";

    // A stolen producer could seal the whole log over and over: so often each leaf is counted, no more.
    private const int MostPasses = 16;
    private const int MostNames = 200;
    private readonly List<ushort[]> chunks = [];
    private readonly Dictionary<(string Verb, string Stage), ushort> ids = [];
    private readonly List<string> names = [Other];
    private long first;
    private long size;
    private long counted;
    private RecordName? last;
    private ushort lastId;

    /// <summary>Leaves before this one are not known.</summary>
    internal void Begin(long leaf)
    {
        (first, size) = (leaf, 0);
        chunks.Clear();
    }

    internal void Add(RecordName? name)
    {
        if (size % ChunkSize == 0)
            chunks.Add(new ushort[ChunkSize]);
        chunks[^1][size++ % ChunkSize] = name is null ? (ushort)0 : IdOf(name);
    }

    /// <summary>What the log says and what a seal says, where they differ; null where they agree or nobody can tell.</summary>
    internal (string Log, string Seal)? Compare(SealFacts seal, long index)
    {
        if (seal.FirstIndex < 0 || seal.LastIndex >= index)
            return ($"leaves before its own, {index}", $"it counts {seal.FirstIndex} to {seal.LastIndex}");
        if (seal.FirstIndex < first)
            return null;
        counted += Math.Max(0, seal.LastIndex - seal.FirstIndex + 1);
        // What was cut off is summed: nobody can tell which.
        if (counted > size * MostPasses || seal.Counts.ContainsKey("…") || seal.Counts.Count >= MostNames)
            return null;
        var found = new long[names.Count];
        for (var at = seal.FirstIndex - first; at <= seal.LastIndex - first; at++)
            found[chunks[(int)(at / ChunkSize)][at % ChunkSize]]++;
        var log = names.Select((name, id) => (name, count: found[id])).Where(pair => pair.count > 0).ToDictionary(pair => pair.name, pair => pair.count, StringComparer.Ordinal);
        var wrong = log.Keys.Union(seal.Counts.Keys).Order(StringComparer.Ordinal).FirstOrDefault(name => log.GetValueOrDefault(name) != seal.Counts.GetValueOrDefault(name));
        return wrong is null ? null : ($"{log.GetValueOrDefault(wrong)} × {wrong} in leaves {seal.FirstIndex} to {seal.LastIndex}", $"it counts {seal.Counts.GetValueOrDefault(wrong)}");
    }

    private ushort IdOf(RecordName name)
    {
        // Leaves of one sort stand together, as their names sort.
        if (last is { } before && before.Verb == name.Verb && before.Stage == name.Stage)
            return lastId;
        (last, lastId) = (name, Found(name));
        return lastId;
    }

    private ushort Found(RecordName name)
    {
        if (ids.TryGetValue((name.Verb, name.Stage), out var id))
            return id;
        if (names.Count == ushort.MaxValue)
            return 0;
        names.Add($"{name.Verb}_{name.Stage}");
        return ids[(name.Verb, name.Stage)] = (ushort)(names.Count - 1);
    }
}
