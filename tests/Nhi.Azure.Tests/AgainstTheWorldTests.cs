using System.Security.Cryptography;
using Azure;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Settings;
using Nhi.Azure.Time;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operators;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Local;
using Nhi.Local.Emulators;

namespace Nhi.Azure.Tests;

/// <summary>What AddNhi makes of the local world's own settings, over HTTPS and real host names, each identity with its rights only.</summary>
public sealed class AgainstTheWorldTests : IAsyncLifetime
{
    private static readonly CredentialId Payroll = CredentialId.Of("kv1.vault.azure.net", "payroll");
    private World _world = null!;
    private ServiceProvider _product = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.StartAsync(new WorldOptions { Postgres = false });
        _product = Start();
    }

    private ServiceProvider Start(params IEnumerable<KeyValuePair<string, string>> more)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_world.Settings.Concat(more).Where(pair => pair.Key.StartsWith("Nhi__", StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value))).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<HttpPipelineTransport>(_world.CreateTransport()).AddNhi(configuration);
        // A process of its own asks the identity endpoint; inside the tests' process the same identities come by hand.
        services.AddSingleton(provider => new AzureIdentities(provider.GetRequiredService<NhiSettings>(), _ => null, id => _world.CredentialOf(_world.Identities.OfTheProduct.Single(identity => identity.ClientId == id))));
        return services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        await _world.DisposeAsync();
    }

    private T The<T>() where T : notnull => _product.GetRequiredService<T>();

    private void AssertIsNow(DateTimeOffset instant) => Assert.InRange(instant, _world.Clock.GetUtcNow().AddMinutes(-1), _world.Clock.GetUtcNow().AddSeconds(2));

    [Fact]
    public async Task The_product_works_with_nothing_but_the_worlds_settings()
    {
        await VaultsAsync();
        await StagingAndFingerprintsAsync();
        await TablesAsync();
        await EvidenceAsync();
        await ProtectionAsync();
        await LogAsync();
        await ProducersAsync();
        await TopicAsync();
        await CleanupAsync();
        Assert.Empty(_world.RefusedHosts);
    }

    private async Task VaultsAsync()
    {
        var vault = The<ICredentialVault>();
        Assert.Empty((await vault.ListVersionsAsync(Payroll, default)).Versions);
        var first = await vault.PublishAsync(Payroll, new Publication { Value = new SecretMaterial("one"), Tags = new Dictionary<string, string> { ["nhi-kind"] = "generated" }, Expires = _world.Clock.GetUtcNow().AddDays(90) }, default);
        var second = await vault.PublishAsync(Payroll, new Publication { Value = new SecretMaterial("two"), Tags = new Dictionary<string, string>() }, default);
        AssertIsNow(first.Created);

        var disabled = await vault.UpdateAsync(Payroll, first.Version, new VersionUpdate { Enabled = false, Tags = new Dictionary<string, string> { ["nhi"] = "{\"dead\":true}" } }, default);
        Assert.True(disabled is { Enabled: false, IsDead: true });
        var list = await vault.ListVersionsAsync(Payroll, default);
        AssertIsNow(list.ServiceTime);
        Assert.Equal(new[] { first.Version, second.Version }.Order(), list.Versions.Select(version => version.Version).Order());
        Assert.Null((await vault.ReadAsync(Payroll, first.Version, default))!.Value);
        Assert.Equal("two", (await vault.ReadAsync(Payroll, null, default))!.Value!.Reveal());
        Assert.Null(await vault.ReadAsync(Payroll, new string('0', 32), default));
        await foreach (var page in vault.ListSecretsAsync(Payroll.Vault, default))
            Assert.Contains(page.Secrets, secret => secret.Id == Payroll);
    }

    /// <summary>What removal deletes can be recovered, by others than who deleted it: nobody else may delete, and who may does nothing else.</summary>
    private async Task CleanupAsync()
    {
        var (vault, cleanup) = (_world.Vault("kv1"), _world.Identities.Cleanup);
        Assert.False(The<IRetiredSecrets>().MayDelete);
        foreach (var other in _world.Identities.OfTheProduct.Where(identity => identity != cleanup))
            Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(() => As(other).StartDeleteSecretAsync(Payroll.Name))).Status);
        var deletes = As(cleanup);
        foreach (var deed in (Func<Task>[])[() => deletes.GetSecretAsync(Payroll.Name), () => deletes.SetSecretAsync("mine", "x"), () => deletes.GetPropertiesOfSecretsAsync().FirstAsync().AsTask(), () => deletes.GetPropertiesOfSecretVersionsAsync(Payroll.Name).FirstAsync().AsTask()])
            Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(deed)).Status);
        Assert.True(vault.Has(Payroll.Name));

        await using var removing = Start(KeyValuePair.Create("Nhi__Identities__Cleanup", cleanup.ClientId));
        Assert.True(removing.GetRequiredService<IRetiredSecrets>().MayDelete);
        await removing.GetRequiredService<IRetiredSecrets>().DeleteAsync(Payroll, default);
        Assert.False(vault.Has(Payroll.Name));
        Assert.Equal(("SecretDelete", 200, cleanup.ObjectId), _world.Audit.All.Last(fact => fact.Resource == vault.Name && fact.Operation == "SecretDelete") is var fact ? (fact.Operation, fact.Status, fact.ObjectId) : default);
        Assert.Empty((await The<ICredentialVault>().ListVersionsAsync(Payroll, default)).Versions);
        for (var looks = 0; await IsBeingDeletedAsync(); looks++)
            Assert.InRange(looks, 0, 3);
        foreach (var deed in (Func<Task>[])[() => deletes.PurgeDeletedSecretAsync(Payroll.Name), () => deletes.StartRecoverDeletedSecretAsync(Payroll.Name), () => deletes.GetDeletedSecretAsync(Payroll.Name)])
            Assert.Equal(403, (await Assert.ThrowsAsync<RequestFailedException>(deed)).Status);
        await As(_world.Identities.Rotators["prod"]).StartRecoverDeletedSecretAsync(Payroll.Name);
        Assert.Equal("two", (await The<ICredentialVault>().ReadAsync(Payroll, null, default))!.Value!.Reveal());

        async Task<bool> IsBeingDeletedAsync()
        {
            try
            {
                return (await As(_world.Identities.Rotators["prod"]).GetDeletedSecretAsync(Payroll.Name)).Value is null;
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                return true;
            }
        }

        SecretClient As(WorldIdentity identity) => new(new Uri(vault.Origin), _world.CredentialOf(identity), new SecretClientOptions { Transport = _world.CreateTransport(), Retry = { MaxRetries = 0 } });
    }

    private async Task StagingAndFingerprintsAsync()
    {
        var r = CrockfordBase32.OfSha256("r");
        Assert.Null(await The<IStaging>().ReadAsync(r, default));
        var version = await The<IStaging>().StageAsync(r, Payroll, new SecretMaterial("staged"), default);
        Assert.Equal("staged", (await The<IStaging>().ReadAsync(r, default))!.Reveal());
        await The<IStaging>().PutAwayAsync(r, version, default);
        Assert.Null(await The<IStaging>().ReadAsync(r, default));
        Assert.Equal(26, (await The<IFingerprints>().OfAsync(new SecretMaterial("x"), default)).Length);
    }

    private async Task TablesAsync()
    {
        var operations = The<IOperations>();
        Assert.True(await operations.IsReadyAsync(default));
        var row = new OperationRow { Resource = new ResourceId("x"), Owner = "i", Open = true, Fence = 1, Lease = TimeSpan.FromSeconds(1), FirstSeen = _world.Clock.GetUtcNow() };
        AssertIsNow((await operations.TryInsertAsync(row, default))!.ServiceTime);
        Assert.Null(await operations.TryInsertAsync(row, default));
        Assert.InRange((await operations.ReadAsync(row.Resource, default)).Age, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        var index = The<IEvidenceIndex>();
        await index.UpsertAsync([.. Enumerable.Range(0, 3).Select(i => new IndexRow { PartitionKey = "x:op", RowKey = $"{i}", Log = "l", Path = "p", Sha256 = "s", Index = i, Batch = 0, Op = "op", Stage = "2-ok", Action = "a.b", Time = _world.Clock.GetUtcNow(), Summary = "s" })], default);
        Assert.Equal(3, await index.OfOperationAsync("op", default).CountAsync());
        await The<IPendingRecords>().AddAsync("op", "2-ok", "p", default);
        Assert.Equal(1, await The<IPendingRecords>().ListAsync(default).CountAsync());
    }

    private async Task EvidenceAsync()
    {
        var accounts = The<EvidenceAccounts>();
        var now = The<GovernanceClock>().GetUtcNow();
        foreach (var containers in new[] { accounts.Primary, accounts.Secondary!, accounts.Log, accounts.SecondaryLog! })
        {
            var store = await containers.CurrentAsync(now, default);
            Assert.EndsWith($"evidence-{now.Year}", store.Origin, StringComparison.Ordinal);
            var path = $"records/2026/03/02/08/080000Z__test_2-ok_{CrockfordBase32.OfSha256($"{containers.GetHashCode()}")}.json";
            var created = await store.TryCreateAsync(path, "{}\n"u8.ToArray(), "application/json", default);
            Assert.Equal(CreateAnswer.Created, created.Answer);
            AssertIsNow(created.ServiceTime);
            Assert.Equal(CreateAnswer.Refused, (await store.TryCreateAsync(path, "{ }\n"u8.ToArray(), "application/json", default)).Answer);
            AssertIsNow((await store.ReadAsync(path, 100, default))!.Created);
        }

        foreach (var signer in new[] { accounts.LogKey, accounts.ProducersKey })
        {
            using var key = Es256.TryImport((await signer.PublicKeyAsync(default)).Span)!;
            var signature = await signer.SignAsync(SHA256.HashData("text"u8), default);
            Assert.True(Es256.Verify(key, "text"u8, signature));
        }
    }

    /// <summary>How containers are protected is read as the watcher, and what cannot be read says why.</summary>
    private async Task ProtectionAsync()
    {
        var policies = The<IContainerPolicyState>();
        var origin = $"nhievidence.blob.core.windows.net/evidence-{The<GovernanceClock>().GetUtcNow().Year}";
        Assert.Equal(new ContainerPolicyState(true, 2_557, false, false, 2_557), (await policies.ReadAsync(origin, default)).State);
        _world.Arm.SharedKeys.Add("nhievidence");
        _world.Arm.Unlocked.Add(origin.Split('/')[1]);
        Assert.Equal(new ContainerPolicyState(false, 2_557, false, true, 2_557), (await policies.ReadAsync(origin, default)).State);
        Assert.Equal(new ContainerPolicyState(false, 0, false, true, 2_557), (await policies.ReadAsync("nhievidence.blob.core.windows.net/other", default)).State);
        _world.Arm.SharedKeys.Clear();
        _world.Arm.Unlocked.Clear();
        foreach (var (unknown, why) in ((string, string)[])[("nowhere.blob.core.windows.net/evidence-2026", "does not show"), ("nhievidence.blob.core.windows.net/a?b", "none of Azure"), ("nonsense", "none of Azure")])
            Assert.Contains(why, (await policies.ReadAsync(unknown, default)) is { State: null, WhyNot: { } said } ? said : "", StringComparison.Ordinal);
    }

    /// <summary>A record is sequenced, its log's key rotates in the vault, and the tiles of the state account follow.</summary>
    private async Task LogAsync()
    {
        var now = The<GovernanceClock>().GetUtcNow();
        var store = await The<EvidenceAccounts>().Log.CurrentAsync(now, default);
        var record = new EvidenceRecord { Op = CrockfordBase32.OfSha256("log"), Stage = RecordStage.Outcome, Result = "ok", Action = "test.log", Time = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero), Summary = "For the log." };
        await The<EvidenceWriter>().WriteAsync(record, default, default);
        Assert.Equal(1, await The<EvidenceSequencing>().RunAsync(default));
        var versions = await The<EvidenceAccounts>().LogKeys.AllAsync(fresh: false, default);
        _world.ProductVault.RotateKey("log");
        Assert.Same(versions, await The<EvidenceAccounts>().LogKeys.AllAsync(fresh: false, default));
        Assert.Equal(2, (await The<EvidenceAccounts>().LogKeys.AllAsync(fresh: true, default)).Count);
        await The<EvidenceSequencing>().RunAsync(default);
        using var chain = new BatchChain(store.Origin, [await versions[0].PublicKeyAsync(default)]);
        for (var i = 0; i < 2; i++)
            Assert.True(chain.Take((await store.ReadAsync(BatchName.Of(i), BatchFile.MostBytes, default))!.Bytes).IsValid);
        // The record, and the hour's seal.
        Assert.Equal((2, 2L), (chain.Keys.Count, chain.Size));

        var tiles = The<ITileStores>().Of(store.Origin);
        var pointer = (await tiles.ReadAsync(TilePath.Checkpoint, SignedNote.MostBytes, default))!.Value;
        Assert.Equal((await store.ReadAsync(CheckpointName.Of(1), SignedNote.MostBytes, default))!.Bytes.ToArray(), pointer.ToArray());
        Assert.True(SignedNote.TryParse(pointer.Span, out var note, out _));
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint, out _));
        Assert.Equal(2, checkpoint.Size);
        var reader = new TileReader(tiles, 2);
        var first = await reader.NodeAsync(0, 0, default);
        Assert.Equal(checkpoint.Root, TreeHash.Node(first, await reader.NodeAsync(0, 1, default)));
        Assert.True(EntryBundle.TryDecode((await tiles.ReadAsync(TilePath.OfBundle(0, 1), EntryBundle.MostBytes, default))!.Value, 1, out var records));
        Assert.Equal(first, TreeHash.Leaf(records[0].Span));
        Assert.Null(await tiles.ReadAsync(TilePath.Checkpoint, 10, default));
        Assert.Null(await tiles.ReadAsync("tile/0/001", 10, default));
        Assert.Contains("evidence-1999-tiles", (await Assert.ThrowsAsync<EvidenceStoreException>(() => The<ITileStores>().Of("x/evidence-1999").ReadAsync("checkpoint", 10, default))).Message, StringComparison.Ordinal);
        Assert.Contains("evidence-1999-tiles", (await Assert.ThrowsAsync<EvidenceStoreException>(() => The<ITileStores>().Of("x/evidence-1999").WriteAsync("checkpoint", new byte[1], default))).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await The<TilesRebuild>().RebuildAsync(default))[store.Origin]);
    }

    /// <summary>The key <c>producers</c> rotates: a new process is certified by the new version, what the former one certified stays authentic, and the process that runs on learns of it.</summary>
    private async Task ProducersAsync()
    {
        var before = await WrittenAsync(The<EvidenceWriter>(), "before");
        _world.ProductVault.RotateKey("producers");
        await using var next = Start();
        var after = await WrittenAsync(next.GetRequiredService<EvidenceWriter>(), "after");
        using var stolen = PemSigner.Create();
        using var stranger = new Producer(stolen, new ProducerDescription("nhi", "1", "i"));
        var forged = await WrittenAsync(
            new EvidenceWriter(The<EvidenceAccounts>().Primary, null, stranger, The<IPendingRecords>(), The<GovernanceClock>(), TimeProvider.System, new WriterOptions()), "forged");

        var versions = await next.GetRequiredService<EvidenceAccounts>().ProducersKeys.FirstKeysAsync(default);
        Assert.Equal(_world.ProductVault.PublicKeys("producers").Select(spki => Convert.ToBase64String(spki.Span)), versions.Select(spki => Convert.ToBase64String(spki.Span)));
        var store = await The<EvidenceAccounts>().Log.CurrentAsync(The<GovernanceClock>().GetUtcNow(), default);
        Assert.Equal((true, false), (await IsOfAsync(before, versions[0]), await IsOfAsync(before, versions[1])));
        Assert.Equal((false, true), (await IsOfAsync(after, versions[0]), await IsOfAsync(after, versions[1])));
        Assert.Equal((true, true, false), await ReadableAsync(next));
        // The first look of the running process meets a stranger, so that the second one knows the new version.
        await ReadableAsync(_product);
        Assert.Equal((true, true, false), await ReadableAsync(_product));
        Assert.True(await next.GetRequiredService<EvidenceSequencing>().RunAsync(default) >= 2);

        async Task<bool> IsOfAsync(string path, ReadOnlyMemory<byte> key) =>
            RecordAuthenticity.Check((await store.ReadAsync(path, RecordLimits.Bytes, default))!.Bytes.Span, path, store.Origin, key).IsAuthentic;

        async Task<(bool, bool, bool)> ReadableAsync(ServiceProvider process)
        {
            var log = process.GetRequiredService<IEvidenceLog>();
            return (await log.ReadAsync(before, default) is not null, await log.ReadAsync(after, default) is not null, await log.ReadAsync(forged, default) is not null);
        }
    }

    private async Task<string> WrittenAsync(EvidenceWriter writer, string what)
    {
        var now = The<GovernanceClock>().GetUtcNow();
        var record = new EvidenceRecord { Op = CrockfordBase32.OfSha256(what), Stage = RecordStage.Outcome, Result = "ok", Action = "test.producers", Time = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero), Summary = "For the key of the producers." };
        return (await writer.WriteAsync(record, default, default)).Reference.Path;
    }

    private async Task TopicAsync()
    {
        await The<ISink>().SendAsync([new PublishedRecord("log", 1, new RecordReference("p", "s"), new EvidenceRecord { Op = "op", Stage = RecordStage.Outcome, Action = "credential.rotate", Time = _world.Clock.GetUtcNow(), Summary = "s" })], default);
        Assert.Equal("nhi.evidence.recorded.v1", (string?)Assert.Single(_world.Topic.Received)["type"]);
    }
}
