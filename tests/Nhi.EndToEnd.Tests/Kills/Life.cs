using Nhi.Local.Hosting;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>How a life went: where it ended, its requests up to the payment, and what its consumer met.</summary>
/// <param name="End">Where it ended.</param>
/// <param name="Points">Its requests, in the order of arrival.</param>
/// <param name="WasStruck">The blow fell.</param>
/// <param name="Refused">Logins of the consumer that were refused, but for those between a sleeper's waking and the sweep after it: what it had sent before it slept no fence can stop.</param>
/// <param name="Trouble">When the first was refused.</param>
internal sealed record LifeReport(EndState End, IReadOnlyList<WirePoint> Points, bool WasStruck, int Refused, string? Trouble);

/// <summary>
/// One credential's life from "due for rotation" over "rotated" and "overlap passed" to "its debt is paid", driven by timers and the clock alone, with at most one blow to the host on the way.
/// </summary>
internal sealed class Life(KillWorld world, Subject subject, Strike? strike)
{
    private const int MostRounds = 24;

    /// <summary>What works on credentials.</summary>
    private static readonly string[] Governing = ["ReconcileOperations", "SweepDue", "RevokeDebts"];

    private static readonly string[] All = [.. Governing, "SequenceEvidence", "Publish"];
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(3);

    private readonly Consumer consumer = new(subject);
    private StrikingTap tap = null!;
    private (ChildHost Host, Task Run)? frozen;
    private bool struck;
    private int excused;

    private DateTimeOffset Now => world.World.Clock.GetUtcNow();

    /// <summary>Plays it. Throws <see cref="TimeoutException"/> when it does not get there.</summary>
    /// <param name="expected">Where the undisturbed run ended; null = this is it.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<LifeReport> LiveAsync(EndState? expected, CancellationToken ct)
    {
        tap = new StrikingTap(strike, HitAsync);
        try
        {
            await BeginAsync(ct);
            world.World.Traffic.Tap = tap;
            await ReachAsync("rotated", IsRotatedAsync, ct);
            consumer.Read();
            await world.World.Clock.MoveToAsync(Now + Overlap + TimeSpan.FromHours(1), ct);
            await ReachAsync("paid", IsPaidAsync, ct);
            var points = tap.Points;
            var end = await SettleAsync(expected, ct);
            return new LifeReport(end, points, struck, consumer.Failures - excused, consumer.Trouble);
        }
        finally
        {
            world.World.Traffic.Tap = null;
            tap.Release();
            if (frozen is { } left)
            {
                await left.Host.KillAsync();
                await BuryAsync(left.Host, left.Run);
            }

            subject.Leave();
        }
    }

    /// <summary>The secret is there, was seen once, and its row counts as held no more, and an idle slot as free: the next look rotates.</summary>
    private async Task BeginAsync(CancellationToken ct)
    {
        await subject.SetAsync();
        consumer.Read();
        // On a busy machine a provider may not answer in time; without a row the points of this life would come a round later than those of another.
        for (var look = 0; look < MostRounds && (await world.OpenRowsAsync(ct)).Count == 0; look++)
            await world.Host.RunAsync("SweepDue", ct);
        await world.World.Clock.MoveToAsync(Now.AddDays(1).AddMinutes(5), ct);
        await world.WaitForLeasesAsync(ct);
    }

    private async Task ReachAsync(string goal, Func<CancellationToken, Task<bool>> isThere, CancellationToken ct)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            // While it only waits for a back-off to end nothing new has to be logged.
            await RoundAsync(round == 0 ? All : Governing, ct);
            if (await isThere(ct))
            {
                var before = consumer.Failures;
                if (await ThawAsync(ct))
                {
                    // A sweep comes within a quarter of an hour, long before an overlap is over, and mends what a sleeper did that nobody could stop.
                    await world.WaitForLeasesAsync(ct);
                    await RoundAsync(Governing, ct);
                    excused += consumer.Failures - before;
                }

                return;
            }

            // Back-offs double: first minutes, then hours.
            await world.World.Clock.MoveToAsync(Now.AddMinutes(round < 4 ? 6 : round < 10 ? 31 : 120), ct);
            await world.WaitForLeasesAsync(ct);
        }

        throw new TimeoutException($"After {MostRounds} rounds of timers it is not {goal}: {await EndState.ReadAsync(world, subject, ct)}");
    }

    /// <summary>Whoever was disturbed gets the time for what the undisturbed did not need: leftovers are killed after two looks 30 minutes apart, a cutover's row is closed after ten.</summary>
    private async Task<EndState> SettleAsync(EndState? expected, CancellationToken ct)
    {
        var end = await EndState.ReadAsync(world, subject, ct);
        for (var round = 0; expected is not null && round < 12 && !end.Is(expected, strike?.Blow); round++)
        {
            await world.World.Clock.MoveToAsync(Now.AddMinutes(31), ct);
            await world.WaitForLeasesAsync(ct);
            await RoundAsync(All, ct);
            end = await EndState.ReadAsync(world, subject, ct);
        }

        return end;
    }

    private async Task RoundAsync(string[] timers, CancellationToken ct)
    {
        foreach (var timer in timers)
        {
            await RunAsync(timer, ct);
            await consumer.LoginAsync(Now, $"after {timer} at {Now:O}");
        }
    }

    private async Task RunAsync(string timer, CancellationToken ct)
    {
        var run = world.Host.RunAsync(timer, ct);
        if (struck || await Task.WhenAny(run, tap.Struck) != tap.Struck)
        {
            try
            {
                await run;
                return;
            }
            catch (HttpRequestException) when (!struck && strike?.Blow == Blow.Kill)
            {
                // It died before anybody said so.
            }
        }

        struck = true;
        await tap.Struck.WaitAsync(TimeSpan.FromMinutes(1), world.World.Clock.Real, ct);
        await consumer.LoginAsync(Now, $"while no host was there, in {timer}");
        if (strike!.Blow == Blow.Freeze)
            frozen = (world.Host, run);
        else
            await BuryAsync(world.Host, run);
        await world.BootAsync(ct);
        await world.WaitForLeasesAsync(ct);
    }

    private Task HitAsync(Blow blow)
    {
        if (blow == Blow.Kill)
            return world.Host.KillAsync();
        world.Host.Freeze();
        return Task.CompletedTask;
    }

    /// <summary>The successor has done what was due: now the sleeper wakes, and does what it was about to. False where nobody sleeps.</summary>
    private async Task<bool> ThawAsync(CancellationToken ct)
    {
        if (frozen is not { } woken)
            return false;
        frozen = null;
        woken.Host.Thaw();
        tap.Release();
        await woken.Run.WaitAsync(TimeSpan.FromMinutes(2), world.World.Clock.Real, ct);
        await BuryAsync(woken.Host, Task.CompletedTask);
        return true;
    }

    private static async Task BuryAsync(ChildHost host, Task run)
    {
        try
        {
            await run;
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
        {
            // It was killed while it was asked.
        }

        await host.DisposeAsync();
    }

    private async Task<bool> IsRotatedAsync(CancellationToken ct) => subject.Versions is { Count: > 1 } versions && versions[^1].IsOurs && (await world.OpenRowsAsync(ct)).Count == 0;

    private async Task<bool> IsPaidAsync(CancellationToken ct) => subject.IsPaid(subject.Versions) && (await world.OpenRowsAsync(ct)).Count == 0;
}
