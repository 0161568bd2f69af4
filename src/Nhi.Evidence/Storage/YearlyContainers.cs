namespace Nhi.Evidence.Storage;

/// <summary>Containers by year, as they were found at start or since.</summary>
/// <param name="byYear">The containers that count: with <c>shard.first</c> and a policy. Asked on each write, so it answers from memory.</param>
public sealed class YearlyContainers(Func<IReadOnlyDictionary<int, IEvidenceStore>> byYear) : IEvidenceContainers
{
    /// <summary>One container for all years: a folder, or a log in memory.</summary>
    public static YearlyContainers Single(IEvidenceStore store) => new(() => new Dictionary<int, IEvidenceStore> { [1] = store });

    public ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct)
    {
        var stores = byYear();
        if (stores.TryGetValue(now.UtcDateTime.Year, out var store))
            return new(store);
        // Next year's is there already when this year's is missing: the newest that has begun goes on, else the first of those made ahead.
        var begun = stores.Keys.Where(year => year <= now.UtcDateTime.Year).DefaultIfEmpty().Max();
        return stores.Count == 0
            ? throw new EvidenceStoreException("The evidence account has no container that counts (one with shard.first and an immutability policy). Deploy it again.")
            : new(stores[begun != 0 ? begun : stores.Keys.Min()]);
    }

    public ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) =>
        new([.. byYear().OrderByDescending(pair => pair.Key).Select(pair => pair.Value)]);
}
