using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>An evidence account with a container a year; all of it may be down for a while.</summary>
internal sealed class AttackAccount(IReadOnlyList<AttackedLog> logs)
{
    internal IReadOnlyList<AttackedLog> Logs => logs;

    /// <summary>Nobody gets an answer.</summary>
    internal bool IsDown { get; set; }

    internal AttackedLog At(DateTimeOffset now) => logs.LastOrDefault(log => log.Shard.Year <= now.UtcDateTime.Year) ?? logs[0];

    /// <summary>The containers as a process sees them.</summary>
    internal YearlyContainers Containers(Func<IEvidenceStore, IEvidenceStore>? seen = null)
    {
        var byYear = logs.ToDictionary(log => log.Shard.Year, log => (seen ?? (store => store))(new Reached(this, log.Store)));
        return new YearlyContainers(() => byYear);
    }

    private sealed class Reached(AttackAccount account, IEvidenceStore inner) : IEvidenceStore
    {
        public string Origin => inner.Origin;

        public Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct) => Up.TryCreateAsync(path, bytes, contentType, ct);

        public Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => Up.ReadAsync(path, maxBytes, ct);

        public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var blob in Up.ListAsync(prefix, ct))
                yield return blob;
        }

        private IEvidenceStore Up => account.IsDown ? throw new EvidenceStoreException($"The account of {Origin} does not answer.") : inner;
    }
}
