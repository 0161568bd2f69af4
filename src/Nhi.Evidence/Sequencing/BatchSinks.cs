namespace Nhi.Evidence.Sequencing;

/// <summary>Several sinks, one after the other.</summary>
public sealed class BatchSinks(params IReadOnlyList<IBatchSink> sinks) : IBatchSink
{
    public async Task FinishAsync(BatchFile batch, BatchRecords records, CancellationToken ct)
    {
        foreach (var sink in sinks)
            await sink.FinishAsync(batch, records, ct);
    }

    public async Task<bool> HasFinishedAsync(BatchFile batch, CancellationToken ct)
    {
        foreach (var sink in sinks)
        {
            if (!await sink.HasFinishedAsync(batch, ct))
                return false;
        }

        return true;
    }
}
