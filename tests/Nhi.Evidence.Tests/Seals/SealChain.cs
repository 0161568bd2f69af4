using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Seals;

/// <summary>Checks the seals of a log as a reader does who has nothing but the container: each one's predecessor, windows, leaves and counts.</summary>
internal static class SealChain
{
    internal static async Task CheckAsync(IEvidenceStore store, IReadOnlyList<string> leaves, IEnumerable<(string Path, EvidenceRecord Record)> records)
    {
        var seals = records.Where(pair => pair.Record.Seal is not null).ToDictionary(pair => pair.Path, pair => pair.Record.Seal!);
        foreach (var (path, seal) in seals)
        {
            var last = (int)seal.LastIndex;
            Assert.InRange(last, -1, leaves.Count - 1);
            Dictionary<string, long> counts = new(StringComparer.Ordinal);
            for (var i = (int)seal.FirstIndex; i <= last; i++)
                LeafCounts.Add(counts, leaves[i]);
            Assert.Equal(counts.OrderBy(pair => pair.Key, StringComparer.Ordinal), seal.Counts.OrderBy(pair => pair.Key, StringComparer.Ordinal));
            Assert.Equal(OpenAt(leaves, last), seal.OpenIntents);
            if (seal.Previous is not { } previous)
            {
                Assert.Equal(0, seal.FirstIndex);
                continue;
            }

            var bytes = (await store.ReadAsync(previous.Path, RecordLimits.Bytes, default))!.Bytes;
            Assert.Equal(previous.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
            Assert.Equal(seals[previous.Path].To, seal.From);
            Assert.Equal(seals[previous.Path].LastIndex + 1, seal.FirstIndex);
            Assert.NotEqual(path, previous.Path);
        }

        // One chain: only one seal is nobody's successor.
        Assert.Single(seals.Values, seal => seal.Previous is null);
    }

    private static int OpenAt(IReadOnlyList<string> leaves, int last)
    {
        var names = leaves.Take(last + 1).Select(path => RecordPath.TryParse(path, out var name) ? name : null).OfType<RecordName>().ToArray();
        return names.Where(name => name.IsIntent).Select(name => name.Op).Except(names.Where(name => name.Closes).Select(name => name.Op)).Count();
    }
}
