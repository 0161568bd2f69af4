using System.Runtime.CompilerServices;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Work done many at a time whose results come in the order of what was put in.</summary>
internal static class Ordered
{
    /// <summary>At most <paramref name="atATime"/> are under way or waiting to be taken, so memory stays flat however long the source is. One at a time is done right here: it needs no other thread.</summary>
    internal static async IAsyncEnumerable<TResult> SelectAsync<T, TResult>(IAsyncEnumerable<T> source, int atATime, Func<T, CancellationToken, Task<TResult>> work, [EnumeratorCancellation] CancellationToken ct)
    {
        if (atATime == 1)
        {
            await foreach (var item in source.WithCancellation(ct))
                yield return await work(item, ct);
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = new Queue<Task<TResult>>(atATime);
        try
        {
            await foreach (var item in source.WithCancellation(ct))
            {
                if (running.Count >= atATime)
                    yield return await running.Dequeue();
                running.Enqueue(Task.Run(() => work(item, stop.Token), stop.Token));
            }

            while (running.Count > 0)
                yield return await running.Dequeue();
        }
        finally
        {
            // One failed, or nobody wants the rest: it ends, and how no longer matters.
            await stop.CancelAsync();
            await Task.WhenAll(running).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
