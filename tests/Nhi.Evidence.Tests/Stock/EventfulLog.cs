using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tests.Sequencing;

namespace Nhi.Evidence.Tests.Stock;

/// <summary>
/// A log in which all happened that an honest one sees in a year, as its container's folder: batches 0 and 1 signed by the first key, 1 only names the second one, 2 to 4 are of the second, and the last closes the year.
/// Somebody may have taken a name of each sort before: then there is one batch more, which counts for nothing.
/// </summary>
internal sealed class EventfulLog : IDisposable
{
    internal const string BothKeys = "keys/log-1.pub.pem keys/log-2.pub.pem";
    internal const long Squatted = 3;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("nhi-eventful-").FullName;

    /// <summary>The number of the batch that closes the year.</summary>
    internal long Last { get; private set; }

    /// <summary>The name that a record could not have.</summary>
    internal static string Taken => RecordPath.Of(Samples.Intent(6));

    internal static async Task<EventfulLog> OfAsync(bool squatted)
    {
        var log = new EventfulLog { Last = squatted ? 5 : 4 };
        using var bench = new SequencerBench();
        var (first, second) = (bench.Log.LogKey, bench.NewKey());
        var preparation = new ShardPreparation([await first.PublicKeyAsync(SequencerBench.Ct), await second.PublicKeyAsync(SequencerBench.Ct)], [await bench.Log.ProducersKey.PublicKeyAsync(SequencerBench.Ct)]);
        await preparation.PrepareAsync(bench.Store, SequencerBench.Ct);
        await bench.WriteAsync(0, 3);
        await bench.NewSequencer(new LogKeys(first)).RunAsync(SequencerBench.Ct);
        var sequencer = bench.NewSequencer(new LogKeys(first, second));
        await sequencer.RunAsync(SequencerBench.Ct);
        await bench.WriteAsync(3, 3);
        await sequencer.RunAsync(SequencerBench.Ct);
        if (squatted)
        {
            foreach (var name in (string[])[Taken, BatchName.Of(Squatted), CheckpointName.Of(log.Last)])
                await bench.PutAsync(name, "junk\n");
        }

        await bench.WriteAsync(6, 3);
        await sequencer.RunAsync(SequencerBench.Ct);
        await sequencer.CloseAsync(SequencerBench.Ct);
        await log.SaveAsync(bench.Log);
        return log;
    }

    internal string ReadLast() => File.ReadAllText(Directory.EnumerateFiles(Path.Combine(Folder, "log", "000000"), $"{Last:D9}.checkpoint*.txt").Order(StringComparer.Ordinal).Last(), Encoding.UTF8);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task SaveAsync(EvidenceBench bench)
    {
        foreach (var name in await bench.NamesAsync())
        {
            var file = Path.Combine(Folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, (await bench.Store.ReadAsync(name, BatchFile.MostBytes, SequencerBench.Ct))!.Bytes, SequencerBench.Ct);
        }
    }
}
