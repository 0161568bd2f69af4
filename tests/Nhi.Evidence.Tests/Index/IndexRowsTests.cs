using CsCheck;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Tests.Index;

public sealed class IndexRowsTests
{
    private static readonly BatchEntry Entry = LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8);

    [Fact]
    public void A_record_has_a_row_for_each_question()
    {
        var record = Samples.Outcome(Samples.Intent()) with { Owner = new OwnerFacts("group", "team/pay#1", "Pay"), Correlation = new CorrelationFacts(Session: "run-7") };
        var rows = IndexRows.Of(record, Entry, 7, 3);
        Assert.Equal(
            ["x:" + record.Op, "d:20261124:13", "a:credential.rotate:ok:202611", IndexKeys.Credential(record.Credential!.Id), IndexKeys.Resource(record.Resource!.Id), IndexKeys.Owner("team/pay#1"), IndexKeys.Session("run-7")],
            rows.Select(row => row.PartitionKey));
        Assert.Matches("^2-ok:000000000007:[0-9a-z]{8}$", rows[0].RowKey);
        Assert.Matches("^130507000:000000000007:[0-9a-z]{8}$", rows[1].RowKey);
        Assert.All(rows, row => Assert.Equal((7, 3, Entry.Path, Entry.Sha256, "9a7ecfb1ab4b4c77a1a4b4d7e9e7f002"), (row.Index, row.Batch, row.Path, row.Sha256, row.Version)));
        Assert.Equal(record.Slots, rows[0].ReadSlots());
        Assert.Equal(IndexKeys.Resource("ENTRA:Payroll"), IndexKeys.Resource("entra:payroll"));
    }

    [Fact]
    public void Rows_of_two_logs_share_no_key_though_they_stand_at_the_same_place_and_say_which_log_they_are_of()
    {
        var record = Samples.Outcome(Samples.Intent()) with { Log = "nhievidence.blob.core.windows.net/evidence-2026" };
        var rows = IndexRows.Of(record, Entry, 7, 3);
        var others = IndexRows.Of(record with { Log = "nhisecond.blob.core.windows.net/evidence-2026" }, Entry, 7, 3);
        Assert.Empty(rows.Select(row => (row.PartitionKey, row.RowKey)).Intersect(others.Select(row => (row.PartitionKey, row.RowKey))));
        Assert.All(rows, row => Assert.Equal(record.Log, row.Log));
    }

    [Fact]
    public void No_key_holds_what_a_table_forbids_and_none_is_too_long() => RecordGen.Given.Sample(record =>
    {
        var rows = IndexRows.Of(record, Entry, 1, 1).ToList();
        if (IndexRows.OpenOf(rows) is { } open)
            rows.Add(open);
        Assert.All(rows.SelectMany(row => new[] { row.PartitionKey, row.RowKey }), key =>
        {
            Assert.DoesNotContain(key, c => c is '/' or '\\' or '#' or '?' || char.IsControl(c));
            Assert.InRange(key.Length, 1, 512);
        });
    }, iter: 200);

    [Fact]
    public void Newer_attempts_sort_before_older_ones() => Gen.Select(RecordGen.Second, RecordGen.Second).Sample((a, b) =>
        Assert.Equal(Math.Sign(b.CompareTo(a)), a == b ? 0 : Math.Sign(string.CompareOrdinal(Key(a), Key(b)))), iter: 500);

    [Fact]
    public void What_is_open_follows_from_all_records_of_an_attempt_in_any_order()
    {
        var intent = IndexRows.Of(Samples.Intent(), Entry, 5, 1)[0];
        var unknown = IndexRows.Of(Samples.Intent() with { Stage = RecordStage.Reconciled, Result = "unknown" }, Entry, 6, 1)[0];
        var closing = IndexRows.Of(Samples.Outcome(Samples.Intent(), "RETRY"), Entry, 2, 1)[0];
        Assert.Null(IndexRows.OpenOf([closing, unknown]));
        Assert.False(IndexRows.OpenOf([intent])!.Closed);
        Assert.False(IndexRows.OpenOf([unknown, intent])!.Closed);
        Assert.True(IndexRows.OpenOf([intent, closing, unknown])!.Closed);
        Assert.Equal(IndexRows.OpenOf([closing, intent]), IndexRows.OpenOf([intent, closing]));
        Assert.Equal(("open:" + Samples.Op(1)[0], "20261124131507:" + Samples.Op(1)), (IndexRows.OpenOf([intent])!.PartitionKey, IndexRows.OpenOf([intent])!.RowKey));
    }

    [Fact]
    public void A_row_whose_slots_are_no_list_has_none() =>
        Assert.Empty((IndexRows.Of(Samples.Intent(), Entry, 1, 1)[0] with { Slots = "{not json" }).ReadSlots());

    [Fact]
    public async Task Queries_find_their_rows()
    {
        var index = new MemoryEvidenceIndex();
        var ct = TestContext.Current.CancellationToken;
        var intent = Samples.Intent();
        var rows = IndexRows.Of(intent, Entry, 0, 0).Concat(IndexRows.Of(Samples.Intent(2, Samples.Start.AddHours(3)), Entry, 1, 0)).ToList();
        rows.AddRange(rows.Where(row => row.PartitionKey.StartsWith("x:", StringComparison.Ordinal)).Select(row => IndexRows.OpenOf([row])!).ToArray());
        await index.UpsertAsync(rows, ct);
        Assert.Equal([1, 0], (await index.OfResourceAsync("entra:payroll-api", ct).ToListAsync(ct)).Select(row => row.Index));
        Assert.Equal([1, 0], (await index.OfCredentialAsync(intent.Credential!.Id, ct).ToListAsync(ct)).Select(row => row.Index));
        Assert.Equal([0, 1], (await index.OfDayAsync(Samples.Start, ct).ToListAsync(ct)).Select(row => row.Index));
        Assert.Empty(await index.OfDayAsync(Samples.Start.AddDays(1), ct).ToListAsync(ct));
        Assert.Equal([1, 0], (await index.OfActionAsync("credential.rotate", null, Samples.Start, ct).ToListAsync(ct)).Select(row => row.Index));
        Assert.Equal([0], (await index.OfOperationAsync(intent.Op, ct).ToListAsync(ct)).Select(row => row.Index));
        Assert.Equal([0], (await index.OpenIntentsAsync(Samples.Start.AddHours(1), ct).ToListAsync(ct)).Select(row => row.Index));
    }

    [Fact]
    public async Task An_attempt_that_a_rival_closes_between_look_and_write_stays_closed()
    {
        using var bench = new EvidenceBench();
        var intent = await bench.WriteAsync(Samples.Intent());
        var outcome = await bench.WriteAsync(Samples.Outcome(intent.Record, reference: intent.Reference));
        var batches = await Task.WhenAll(new[] { intent, outcome }.Select(async (written, i) => new BatchFile(EvidenceBench.Origin, i, i, [LeafHash.EntryOf(written.Reference.Path, (await bench.Memory.ReadAsync(written.Reference.Path, RecordLimits.Bytes, default))!.Bytes.Span)])));
        var records = new BatchRecords(bench.Memory, await bench.Producer.AuthenticityAsync(default));
        var index = new MemoryEvidenceIndex();
        var upserts = 0;
        index.OnCall = async (call, ct) =>
        {
            if (call == "upsert" && ++upserts == 2)
                await new IndexSink(index).FinishAsync(batches[1], records, ct);
        };
        await new IndexSink(index).FinishAsync(batches[0], records, default);
        Assert.True(Assert.Single(await LogReader.RowsAsync(index), row => row.PartitionKey.StartsWith("open:", StringComparison.Ordinal)).Closed);
    }

    private static string Key(DateTimeOffset time) => IndexRows.Of(Samples.Intent(time: time), Entry, 3, 1).First(row => row.PartitionKey.StartsWith("r:", StringComparison.Ordinal)).RowKey;
}
