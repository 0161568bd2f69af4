using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>What 16 writers will write, signed once for all histories: intents and their outcomes.</summary>
public sealed class SimulationRecords : IAsyncLifetime
{
    private const int Writers = 16;
    private readonly EvidenceBench bench = new();

    internal Producer Producer => bench.Producer;

    internal PemSigner LogKey => bench.LogKey;

    internal PemSigner NextLogKey { get; } = PemSigner.Create();

    internal IReadOnlyList<IReadOnlyList<(string Path, byte[] Bytes)>> ByWriter { get; private set; } = [];

    /// <summary>The intent of each outcome, by name.</summary>
    internal IReadOnlyDictionary<string, string> IntentOf { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        List<IReadOnlyList<(string, byte[])>> all = [];
        Dictionary<string, string> intents = [];
        for (var writer = 0; writer < Writers; writer++)
        {
            List<(string, byte[])> ours = [];
            for (var i = 0; i < 2; i++)
            {
                var intent = await bench.WriteAsync(Samples.Intent((writer * 10) + i, Samples.Start.AddSeconds(writer), $"app-{writer}"));
                var outcome = await bench.WriteAsync(Samples.Outcome(intent.Record, reference: intent.Reference));
                intents[outcome.Reference.Path] = intent.Reference.Path;
                foreach (var path in (string[])[intent.Reference.Path, outcome.Reference.Path])
                    ours.Add((path, (await bench.Memory.ReadAsync(path, RecordLimits.Bytes, default))!.Bytes.ToArray()));
            }

            all.Add(ours);
        }

        (ByWriter, IntentOf) = (all, intents);
    }

    public ValueTask DisposeAsync()
    {
        NextLogKey.Dispose();
        bench.Dispose();
        return ValueTask.CompletedTask;
    }
}
