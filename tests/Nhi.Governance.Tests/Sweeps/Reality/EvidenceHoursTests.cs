using Microsoft.Extensions.Time.Testing;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>Records as they lie in the containers of two years, written as the product writes them.</summary>
public sealed class EvidenceHoursTests : IDisposable
{
    private static readonly DateTimeOffset _at = new(2026, 3, 2, 8, 20, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(_at);
    private readonly PemSigner _key = PemSigner.Create();
    private readonly Producer _producer;
    private readonly Dictionary<int, IEvidenceStore> _years;

    public EvidenceHoursTests()
    {
        _producer = new Producer(_key, new ProducerDescription("nhi", "1", "i"));
        _years = Enumerable.Range(2025, 3).ToDictionary(year => year, year => (IEvidenceStore)new MemoryEvidenceStore($"nhievidence.blob.core.windows.net/evidence-{year}", _clock));
    }

    public void Dispose()
    {
        _producer.Dispose();
        _key.Dispose();
    }

    private MemoryEvidenceStore Of(int year) => (MemoryEvidenceStore)_years[year];

    private async Task<List<string>> ReadAsync(DateTimeOffset from, DateTimeOffset to) =>
        (await new EvidenceHours([new YearlyContainers(() => _years)], _producer).OfAsync(from, to, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).ConvertAll(record => record.Op);

    private async Task<string> WriteAsync(int year, string verb, DateTimeOffset at, RecordStage stage = RecordStage.Intent)
    {
        var op = RotationId.Op($"{year} {verb}", verb, at, 1);
        var record = new EvidenceRecord { Op = op, Stage = stage, Result = stage == RecordStage.Intent ? null : "ok", Action = Verbs.Action(verb), Time = at, Summary = "About to.", Credential = new CredentialFacts("kv:kv1.vault.azure.net/app", "k", "app") };
        await new EvidenceWriter(YearlyContainers.Single(Of(year)), YearlyContainers.Single(Of(year)), _producer, new MemoryPendingRecords(), _clock, _clock, new WriterOptions()).WriteAsync(record, default, TestContext.Current.CancellationToken);
        return op;
    }

    [Fact]
    public async Task What_was_done_in_the_hours_is_read_also_where_the_container_of_the_year_was_missing_and_what_was_only_said_is_not()
    {
        var (now, late) = (await WriteAsync(2026, Verbs.Rotate, _at), await WriteAsync(2025, Verbs.Revoke, _at.AddHours(1)));
        foreach (var said in (string[])["observe", RemovalVerbs.Tell, RemovalVerbs.Keep, RemovalVerbs.Drop, "assign", "confirm", Verbs.Hold, Verbs.Pause])
            await WriteAsync(2026, said, _at);
        await WriteAsync(2026, Verbs.Repair, _at.AddHours(-2));
        Assert.Equal(new[] { now, late }.Order(), (await ReadAsync(_at, _at.AddHours(1))).Order());
    }

    /// <summary>One intent may cover the tries of a day: what came of them stands where the first of them began.</summary>
    [Fact]
    public async Task The_closing_of_an_attempt_that_began_in_the_day_before_is_read_where_it_was_written_in_the_hours()
    {
        await WriteAsync(2026, Verbs.Rotate, _at.AddHours(-10), RecordStage.Outcome);
        var began = _at.AddHours(-9);
        await WriteAsync(2026, Verbs.Repair, began);
        _clock.Advance(TimeSpan.FromHours(1));
        var late = await WriteAsync(2026, Verbs.Repair, began, RecordStage.Outcome);
        await WriteAsync(2026, Verbs.Repair, _at.AddDays(-2), RecordStage.Outcome);
        Assert.Equal([late], await ReadAsync(_at.AddHours(1), _at.AddHours(2)));
    }

    [Fact]
    public async Task What_nobody_of_ours_signed_is_no_evidence()
    {
        await WriteAsync(2026, Verbs.Rotate, _at);
        using var thief = PemSigner.Create();
        using var stranger = new Producer(thief, new ProducerDescription("nhi", "1", "i"));
        Assert.Empty(await new EvidenceHours([new YearlyContainers(() => _years)], stranger).OfAsync(_at, _at, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Years_that_have_not_begun_cost_no_list()
    {
        Assert.Empty(await ReadAsync(_at.AddHours(-2), _at));
        Assert.Equal((5, 5, 0), (Of(2025).Lists, Of(2026).Lists, Of(2027).Lists));
    }

    /// <summary>Ten hours of the first day, ten whole days, one hour of the last one.</summary>
    [Fact]
    public async Task Many_hours_of_a_day_cost_one_list_and_nothing_beyond_them_is_read()
    {
        var (from, to) = (new DateTimeOffset(2026, 3, 2, 14, 30, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 13, 0, 10, 0, TimeSpan.Zero));
        List<string> inside = [];
        foreach (var at in (DateTimeOffset[])[from.AddMinutes(-30), from, from.AddHours(9), from.AddDays(1), from.AddDays(9), to, to.AddMinutes(49)])
            inside.Add(await WriteAsync(2026, Verbs.Rotate, at));
        foreach (var at in (DateTimeOffset[])[from.AddMinutes(-31), from.AddHours(-8), to.AddMinutes(50), to.AddHours(5), to.AddDays(1)])
            await WriteAsync(2026, Verbs.Rotate, at);
        Assert.Equal(inside.Order(), (await ReadAsync(from, to)).Order());
        Assert.Equal(14, Of(2026).Lists);
    }
}
