using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;
using Nhi.Local;

[assembly: AssemblyFixture(typeof(Nhi.Azure.Tests.Budgets.CallBudgets))]

namespace Nhi.Azure.Tests.Budgets;

/// <summary>Measures once what the actions with a budget (README) cost in calls, each in a process that is warm: tokens, keys and containers are known.</summary>
public sealed class CallBudgets : IAsyncLifetime
{
    private readonly List<(string Event, Counted Counted)> _events = [];
    private readonly List<(string Name, Counted Counted, GovernReport Report)> _rotations = [];
    private readonly List<(int Secrets, int Changed, Counted Counted)> _sweeps = [];
    private Task? _measured;

    /// <summary>Events that need nothing.</summary>
    public IReadOnlyList<(string Event, Counted Counted)> Events => _events;

    /// <summary>One rotation of each overlap class.</summary>
    public IReadOnlyList<(string Name, Counted Counted, GovernReport Report)> Rotations => _rotations;

    /// <summary>Sweeps over so many secrets, so many of them changed since.</summary>
    public IReadOnlyList<(int Secrets, int Changed, Counted Counted)> Sweeps => _sweeps;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Whoever asks first waits for it; tests of other classes do not.</summary>
    public Task MeasureAsync()
    {
        lock (_events)
            return _measured ??= Task.WhenAll(RotationsAsync(), SweepsAsync());
    }

    private async Task RotationsAsync()
    {
        await using var estate = await CountedEstate.StartAsync(postgres: true);
        await estate.FillAsync();

        // Rows that are new count as held for a lease, so they are made by a process whose leases are short.
        await using (var before = new CountedProduct(estate.World, leaseScale: 0.001))
            foreach (var name in CountedEstate.Names.SelectMany(name => (string[])[CountedEstate.Warm(name), name]))
                await before.HandleAsync(CountedEstate.Id(name));

        await estate.World.Clock.MoveToAsync(estate.World.Clock.GetUtcNow().AddDays(61));
        await using var product = new CountedProduct(estate.World, leaseScale: 1);
        foreach (var name in CountedEstate.Names)
        {
            await product.HandleAsync(CountedEstate.Id(CountedEstate.Warm(name)));
            GovernReport report = null!;
            var counted = await product.CountAsync(async () => report = await product.HandleAsync(CountedEstate.Id(name)));
            _rotations.Add((name, counted, report));
        }

        foreach (var name in CountedEstate.Names)
            await EventsAsync(estate, product, name, $"{name}, ");
        estate.Set(CountedEstate.Observed, "a value", "generated", null);
        var (_, now) = await VersionsAsync(product, CountedEstate.Observed);
        await product.OnEventAsync(estate.Event(SecretEvents.NewVersionCreated, CountedEstate.Observed, now));
        await EventsAsync(estate, product, CountedEstate.Observed, "a rule that only observes, ");
        estate.Set(CountedEstate.Ungovernable, "a value", "no-such-kind", null);
        (_, now) = await VersionsAsync(product, CountedEstate.Ungovernable);
        await product.OnEventAsync(estate.Event(SecretEvents.NewVersionCreated, CountedEstate.Ungovernable, now));
        await EventsAsync(estate, product, CountedEstate.Ungovernable, "a kind that nobody knows, ");
    }

    /// <summary>The version is known and not due: its event comes again, an old version's comes late, and its end is said to be near.</summary>
    private async Task EventsAsync(CountedEstate estate, CountedProduct product, string name, string what)
    {
        var (before, now) = await VersionsAsync(product, name);
        foreach (var (which, type, version) in ((string, string, string)[])[
            ("again", SecretEvents.NewVersionCreated, now), ("superseded", SecretEvents.NewVersionCreated, before), ("not due", SecretEvents.NearExpiry, now), ("expired, of a superseded one", SecretEvents.Expired, before)])
        {
            var body = estate.Event(type, name, version);
            _events.Add(($"{what}{which}", await product.CountAsync(() => product.OnEventAsync(body))));
        }
    }

    private static async Task<(string Before, string Now)> VersionsAsync(CountedProduct product, string name)
    {
        var credential = Credential.Of(CountedEstate.Id(name), await product.The<ICredentialVault>().ListVersionsAsync(CountedEstate.Id(name), CancellationToken.None))!;
        return (credential.Versions[0].Version, credential.Current.Version);
    }

    private async Task SweepsAsync()
    {
        await using var estate = await CountedEstate.StartAsync(postgres: false);
        await using var product = new CountedProduct(estate.World, leaseScale: 0.001);
        var secrets = 0;
        foreach (var goal in (int[])[30, 100])
        {
            // A few that are governed among many that are only looked at.
            for (; secrets < goal; secrets++)
                estate.Set(secrets % 10 == 0 ? $"generated-{secrets}" : $"{CountedEstate.Observed}-{secrets}", "a value", "generated", null);
            _sweeps.Add((goal, 0, await QuietSweepAsync(estate, product)));
            for (var changed = 0; changed < 3; changed++)
                estate.Set($"{CountedEstate.Observed}-{changed + 1}", "another value", "generated", null);
            _sweeps.Add((goal, 3, await SweepAsync(estate, product)));
        }
    }

    /// <summary>Sweeps until one has nothing to look at.</summary>
    private static async Task<Counted> QuietSweepAsync(CountedEstate estate, CountedProduct product)
    {
        for (var sweeps = 0; sweeps < 20; sweeps++)
        {
            SweepReport report = null!;
            var counted = await SweepAsync(estate, product, swept => report = swept);
            Assert.Empty(report.Failures);
            if (report.Looked == 0)
                return counted;
        }

        throw new InvalidOperationException("Twenty sweeps in a row had something to look at.");
    }

    private static async Task<Counted> SweepAsync(CountedEstate estate, CountedProduct product, Action<SweepReport>? swept = null)
    {
        await estate.World.Clock.MoveToAsync(estate.World.Clock.GetUtcNow() + DueSweep.Period);
        return await product.CountAsync(async () =>
        {
            var report = await product.The<DueSweep>().RunAsync(estate.World.Clock.GetUtcNow(), CancellationToken.None);
            swept?.Invoke(report);
        });
    }
}
