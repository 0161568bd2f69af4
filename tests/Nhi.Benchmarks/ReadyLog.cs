using System.Runtime.CompilerServices;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Benchmarks;

/// <summary>A log at hand: each read is a look into a table, each listing a walk over names that are sorted.</summary>
internal sealed class ReadyLog(string origin, Dictionary<string, LogBlob> blobs) : IReadableLog
{
    private readonly Dictionary<string, Task<LogBlob?>> answers = blobs.ToDictionary(pair => pair.Key, pair => Task.FromResult<LogBlob?>(pair.Value), StringComparer.Ordinal);
    private readonly LogName[] names = [.. blobs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new LogName(pair.Key, pair.Value.Bytes.Length, pair.Value.Created))];
    private static readonly Task<LogBlob?> None = Task.FromResult<LogBlob?>(null);

    public string Place => "memory";
    public string? Origin => origin;
    public DateTimeOffset? AsOf => SampleRecords.Start;
    public int ReadsAtATime => 1;
    public ExportListing? Listing => null;

    public Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct) => answers.GetValueOrDefault(path, None);

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        var first = names.Length;
        for (var (low, high) = (0, names.Length); low < high;)
        {
            var middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(names[middle].Path, prefix) < 0 ? (middle + 1, high) : (low, middle);
            first = low;
        }

        for (var i = prefix.Length == 0 ? 0 : first; i < names.Length && names[i].Path.StartsWith(prefix, StringComparison.Ordinal); i++)
            yield return names[i];
    }
}
