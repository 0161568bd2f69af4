using System.Globalization;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>
/// The kill test with real processes, one overlap class. A kill point is each request of the product on the wire (vault, ARM, Graph, login, blob, table, SQL), before its effect, and after its effect but before its
/// answer. The undisturbed life of a credential (due, rotated, overlap passed, debt paid) names them; at one of them the host gets SIGKILL and another one is started, or SIGSTOP for longer than a lease, another
/// one takes over, and SIGCONT. Each ends where the undisturbed life ended, and no consumer was refused (a cutover's: outside its window; while a host slept: see README, "What no protocol can stop").
/// <code>
/// dotnet run --project tests/Nhi.EndToEnd.Tests -- --filter-class '*RealKill*'                          a spread, as in CI
/// NHI_KILLS=all dotnet run --project tests/Nhi.EndToEnd.Tests -- --filter-class '*RealKill*'            every request, both moments, both blows: a night
/// NHI_KILLS=distinct …                                                                                  the same without those that differ in reads alone
/// NHI_KILLS='distinct multi' …                                                                          of one class (multi, dual, pair, cutover, retire)
/// NHI_KILLS='distinct multi 26-41' …                                                                    at these requests of it
/// NHI_KILLS='multi Kill After 1 graph POST addPassword' …                                               one point again, as a failing run names it
/// </code>
/// <c>--show-live-output on</c> shows each as it goes. Distinct: a host that dies leaves nothing but what it wrote, so deaths between the same two writes are one; each is played once, right after the first of them.
/// </summary>
public abstract class RealKills(ITestOutputHelper output)
{
    /// <summary>Lives in one world before a new one is made: the years of its evidence are not endless.</summary>
    private const int LivesOfAWorld = 60;

    private static readonly string Asked = Environment.GetEnvironmentVariable("NHI_KILLS") ?? "";

    private readonly List<string> failures = [];
    private KillWorld? world;
    private int lives;
    private int met;

    /// <summary>As in <c>NHI_KILLS</c>.</summary>
    private protected abstract string Class { get; }

    private protected virtual bool NeedsPostgres => false;

    /// <summary>What CI strikes at.</summary>
    private protected abstract IReadOnlyList<Spread> InCi { get; }

    private protected abstract Subject Make(KillWorld world, string name);

    [Fact]
    public async Task A_host_that_dies_or_sleeps_at_a_request_ends_where_an_undisturbed_one_does()
    {
        var words = Asked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0 && !words.Contains(Class) && words is not ["all" or "distinct"])
            Assert.Skip($"NHI_KILLS={Asked} asks for another class.");
        var ct = TestContext.Current.CancellationToken;
        try
        {
            // The first life of a world asks what no later one asks again (keys, containers): the others are compared with a second one.
            if (words.Length > 0)
                await LiveAsync(null, null, ct);
            var calm = await LiveAsync(null, null, ct);
            output.WriteLine($"{Class}: {calm.Points.Count} requests, then {calm.End}");
            AssertGood(calm);
            foreach (var strike in Chosen(words, calm.Points))
                await StrikeAsync(strike, calm.End, ct);
        }
        catch
        {
            output.WriteLine(world?.Log ?? "");
            throw;
        }
        finally
        {
            await EndWorldAsync();
        }

        output.WriteLine($"{Class}: {met} points, {failures.Count} failed");
        Assert.True(failures.Count == 0, $"{failures.Count} of {met} points ended otherwise:\n{string.Join("\n\n", failures)}");
    }

    private async Task StrikeAsync(Strike strike, EndState expected, CancellationToken ct)
    {
        met++;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var fault = "";
        try
        {
            var life = await LiveAsync(strike, expected, ct);
            fault = !life.WasStruck ? "the request did not come"
                : !life.End.Is(expected, strike.Blow) ? $"it ended as {life.End},\n  not as {expected}"
                : life.Refused > 0 ? $"its consumer was refused {life.Refused} times, first {life.Trouble}"
                : "";
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            fault = $"{e.GetType().Name}: {e.Message}";
        }

        output.WriteLine($"{Class} {strike} (number {strike.Point.Number}, {watch.Elapsed.TotalSeconds:F1} s): {(fault.Length == 0 ? "ok" : fault)}");
        if (fault.Length == 0)
            return;
        failures.Add($"{Class} {strike} (request {strike.Point.Number} of the undisturbed life): {fault}\n  Replay it: NHI_KILLS='{Class} {strike}' dotnet run --project tests/Nhi.EndToEnd.Tests -- --filter-class '*RealKill*'\n{world?.Log}");
        // What it left behind is not the next one's.
        await EndWorldAsync();
    }

    private static void AssertGood(LifeReport calm)
    {
        Assert.Equal(0, calm.Refused);
        Assert.True(calm.End is { CurrentOpens: true, OldThatOpen: 0, Living: 1, OpenIntents: 0, OpenRows: 0, Staged: 0, Unlogged: 0 }, calm.End.ToString());
        Assert.Equal(("ours", 2), (calm.End.Current, calm.End.Versions));
    }

    private IEnumerable<Strike> Chosen(string[] words, IReadOnlyList<WirePoint> points) => words switch
    {
        [] => InCi.Select(spread => spread.Of(points)),
        ["distinct", .. var rest] => Distinct(points).Where(strike => IsIn(rest, strike.Point.Number)),
        ["all", .. var rest] =>
            from point in points
            where IsIn(rest, point.Number)
            from blow in Enum.GetValues<Blow>()
            from moment in Enum.GetValues<Moment>()
            select new Strike(point, blow, moment),
        [_, var blow, var moment, var nth, .. var what] => [new Spread(string.Join(' ', what), Number(nth), Enum.Parse<Blow>(blow), Enum.Parse<Moment>(moment)).Of(points)],
        _ => throw new ArgumentException($"NHI_KILLS='{Asked}': say 'all' or 'distinct', either with a CLASS and FROM-TO, or 'CLASS Kill|Freeze Before|After NTH WHAT'."),
    };

    private static IEnumerable<Strike> Distinct(IReadOnlyList<WirePoint> points) =>
    [
        new Strike(points[0], Blow.Kill, Moment.Before),
        .. from point in points
           where point.IsWrite
           from strike in (Strike[])[new(point, Blow.Kill, Moment.After), new(point, Blow.Freeze, Moment.Before), new(point, Blow.Freeze, Moment.After)]
           select strike,
    ];

    /// <summary>The words after the mode: class and range, both optional.</summary>
    private static bool IsIn(string[] rest, int number) =>
        rest is not [_, var range] || (range.Split('-') is [var from, var to] && number >= Number(from) && number <= Number(to));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private async Task<LifeReport> LiveAsync(Strike? strike, EndState? expected, CancellationToken ct)
    {
        if (lives % LivesOfAWorld == 0)
            await EndWorldAsync();
        world ??= await KillWorld.StartAsync(NeedsPostgres, ct);
        // The longest life has all the rounds for each of its two goals.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(6), world.World.Clock.Real);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        return await new Life(world, Make(world, string.Create(CultureInfo.InvariantCulture, $"{Class}-{++lives}")), strike).LiveAsync(expected, either.Token);
    }

    private async Task EndWorldAsync()
    {
        if (world is { } over)
            await over.DisposeAsync();
        world = null;
    }

    /// <summary>A point by what it is, so that a request more or less elsewhere does not move it.</summary>
    /// <param name="What">As <see cref="WirePoint.What"/>.</param>
    /// <param name="Nth">Which of its like, from 1; negative from the end.</param>
    /// <param name="Blow">What befalls.</param>
    /// <param name="Moment">On which side of the effect.</param>
    private protected sealed record Spread(string What, int Nth, Blow Blow, Moment Moment)
    {
        public Strike Of(IReadOnlyList<WirePoint> points)
        {
            var like = points.Where(point => point.What == What).ToList();
            var index = Nth > 0 ? Nth - 1 : like.Count + Nth;
            return index >= 0 && index < like.Count
                ? new Strike(like[index], Blow, Moment)
                : throw new ArgumentException($"The undisturbed life has {like.Count} requests '{What}', so none is number {Nth}: {string.Join(", ", points.Select(point => point.What).Distinct())}");
        }
    }
}
