using Nhi.Evidence.Records;
using Nhi.Local.Wire;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Counts the product's requests on the wire and strikes at one of them, once.</summary>
internal sealed class StrikingTap(Strike? strike, Func<Blow, Task> hit) : IWireTap
{
    private readonly Lock counting = new();
    private readonly List<WirePoint> points = [];
    private readonly Dictionary<string, int> seen = [];
    private readonly TaskCompletionSource struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long target;

    /// <summary>Every request until now, in the order of arrival.</summary>
    public IReadOnlyList<WirePoint> Points
    {
        get
        {
            lock (counting)
                return [.. points];
        }
    }

    /// <summary>Ends when the host is dead, or frozen.</summary>
    public Task Struck => struck.Task;

    /// <summary>Lets the request, or its answer, go on that a frozen host waits for.</summary>
    public void Release() => released.TrySetResult();

    public ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation)
    {
        lock (counting)
        {
            var what = NameOf(request);
            var occurrence = seen[what] = seen.GetValueOrDefault(what) + 1;
            points.Add(new WirePoint(points.Count + 1, what, occurrence));
            if (target == 0 && strike is not null && strike.Point.What == what && strike.Point.Occurrence == occurrence)
                target = request.Number;
        }

        return strike?.Moment == Moment.Before ? StrikeAsync(request) : ValueTask.CompletedTask;
    }

    public ValueTask AfterAsync(WireRequest request, CancellationToken cancellation) => strike?.Moment == Moment.After ? StrikeAsync(request) : ValueTask.CompletedTask;

    private async ValueTask StrikeAsync(WireRequest request)
    {
        if (request.Number != Interlocked.Read(ref target) || struck.Task.IsCompleted)
            return;
        try
        {
            await hit(strike!.Blow);
            struck.SetResult();
        }
        catch (Exception e)
        {
            struck.TrySetException(e);
            throw;
        }

        if (strike.Blow == Blow.Freeze)
            await released.Task;
        else
            throw new OperationCanceledException("The host that asked is dead.");
    }

    /// <summary>The same for every run: no ids, times or names of a subject in it.</summary>
    private static string NameOf(WireRequest request)
    {
        var segments = request.Path.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var first = segments.FirstOrDefault() ?? "";
        var what = request.Service switch
        {
            "sql" => "",
            "state" => first.Split('(')[0],
            "evidence" or "evidence2" => Record(string.Join('/', segments.Skip(1))),
            _ when request.Service.StartsWith("vault:", StringComparison.Ordinal) => segments.Length > 2 && segments[2] == "versions" ? "versions" : segments.Length > 1 ? first + " one" : first,
            _ when request.Service.StartsWith("account:", StringComparison.Ordinal) => "",
            _ => segments.LastOrDefault() is { } last && !Guid.TryParse(last, out _) && !last.Any(char.IsAsciiDigit) ? last : "one",
        };
        var service = request.Service.StartsWith("account:", StringComparison.Ordinal) ? "account" : request.Service;
        // A row is added once in a world's life and replaced in every other.
        var method = request is { Service: "state", Method: "POST" } && what != "$batch" ? "PUT" : request.Method;
        return $"{service} {method} {what}".TrimEnd();
    }

    private static string Record(string name) =>
        RecordPath.TryParse(name, out var record) ? $"{record.Verb} {record.Stage}" : name.Split('/')[0] is { Length: > 0 } folder ? folder : "list";
}
