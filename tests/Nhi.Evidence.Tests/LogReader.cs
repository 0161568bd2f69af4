using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests;

/// <summary>Reads a log as an auditor would: batch files in the order of their numbers, nothing else.</summary>
internal static class LogReader
{
    internal static async Task<(List<BatchFile> Valid, List<BatchJudgement> Void)> ReadAsync(IEvidenceStore store, ReadOnlyMemory<byte> logKey)
    {
        using var chain = new BatchChain(store.Origin, logKey.Span);
        List<BatchFile> valid = [];
        List<BatchJudgement> voids = [];
        while (await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, default) is { } blob)
        {
            var judgement = chain.Take(blob.Truncated ? null : blob.Bytes);
            if (judgement.Batch is { } batch)
                valid.Add(batch);
            else
                voids.Add(judgement);
        }

        return (valid, voids);
    }

    internal static async Task<List<IndexRow>> RowsAsync(IEvidenceIndex index)
    {
        List<IndexRow> rows = [];
        await foreach (var row in index.AllAsync(default))
            rows.Add(row);
        return rows;
    }
}
