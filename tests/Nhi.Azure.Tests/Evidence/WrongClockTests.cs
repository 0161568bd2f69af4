using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Evidence;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Tables;
using Nhi.Azure.Time;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Local.Parts;

namespace Nhi.Azure.Tests.Evidence;

/// <summary>A host whose clock stands still, over a container whose service has its own.</summary>
public sealed class WrongClockTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task L15_A_clock_that_stands_still_is_told_by_what_the_service_answers_and_records_are_sequenced_all_the_same()
    {
        var ct = TestContext.Current.CancellationToken;
        var store = await FreshAsync();
        using var key = PemSigner.Create();
        using var producer = new Producer(key, new ProducerDescription("nhi", "1", "i"));
        var clock = new FakeTimeProvider(new GovernanceClock().GetUtcNow().AddMinutes(-4));
        var pending = new MemoryPendingRecords();
        var writer = new EvidenceWriter(YearlyContainers.Single(store), null, producer, pending, clock, TimeProvider.System, new WriterOptions());
        using var sequencer = new Sequencer(store, key, null, producer, pending, new BatchSinks(), clock, new SequencerOptions());
        await WriteAsync(writer, clock, 'a', ct);
        var near = await sequencer.RunAsync(ct);
        // As if it had stood still for two minutes more.
        clock.AdjustTime(clock.GetUtcNow().AddMinutes(-2));
        await WriteAsync(writer, clock, 'b', ct);
        var far = await sequencer.RunAsync(ct);
        clock.AdjustTime(new GovernanceClock().GetUtcNow());
        await WriteAsync(writer, clock, 'c', ct);
        var mended = await sequencer.RunAsync(ct);

        Assert.Equal((1, 1, 1), (near.Logged, far.Logged, mended.Logged));
        Assert.Equal(SequencerAlarmKind.WrongClock, Assert.Single(far.Alarms).Kind);
        Assert.Empty(near.Alarms.Concat(mended.Alarms));
        Assert.InRange(await sequencer.ServiceTimeAsync(ct), new GovernanceClock().GetUtcNow().AddMinutes(-1), new GovernanceClock().GetUtcNow().AddMinutes(1));
    }

    private static Task<WrittenRecord> WriteAsync(EvidenceWriter writer, TimeProvider clock, char op, CancellationToken ct) =>
        writer.WriteAsync(new EvidenceRecord { Op = new string(op, 26), Stage = RecordStage.Outcome, Result = "ok", Action = "credential.rotate", Time = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()), Summary = "s" }, default, ct);

    private async Task<BlobEvidenceStore> FreshAsync()
    {
        var name = $"clock-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        var account = Azurite.BlobEndpoint("nhievidence");
        // Around the gate, as deployment would: the product makes no container.
        await new BlobServiceClient(account, azurite.Azurite.Credential, new BlobClientOptions { Transport = azurite.Azurite.Transport }).GetBlobContainerClient(name).CreateAsync();
        return new BlobEvidenceStore(new EvidenceClients(account, azurite.Azurite.Credential, "https://storage.azure.com", new ClientEquipment(new CallCounter(), azurite.Azurite.Transport)), name, new GovernanceClock());
    }
}
