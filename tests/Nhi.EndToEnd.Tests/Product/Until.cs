using System.Diagnostics;

namespace Nhi.EndToEnd.Tests.Product;

/// <summary>Waits for a fact that can be looked at, with a deadline in real time: the one place in these tests where time passes by itself.</summary>
internal static class Until
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Returns as soon as it is so; fails with <paramref name="what"/> when it has not become so in a minute.</summary>
    public static async Task IsSoAsync(Func<Task<bool>> fact, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await fact())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Deadline, $"Not within {Deadline}: {what}");
            await Task.Delay(Look, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
