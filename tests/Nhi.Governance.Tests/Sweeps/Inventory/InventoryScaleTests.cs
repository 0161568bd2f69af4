using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

/// <summary>What lives in the process is measured, so nothing runs beside it.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class InventoryScaleTests
{
    private const int Vaults = 100;

    [Fact]
    public async Task Twenty_thousand_secrets_cost_their_pages_and_their_changes_and_no_more_memory_than_two_thousand()
    {
        // What other tests left behind, and what is made once in a process, goes into no comparison.
        await PeakAsync(20);
        var (small, _) = await PeakAsync(20);
        var (large, rig) = await PeakAsync(200);

        Assert.True(large.First <= small.First * 1.3, $"first sweep: {small.First:n0} bytes at 2,000 and {large.First:n0} at 20,000");
        Assert.True(large.Second <= small.Second * 1.3, $"second sweep: {small.Second:n0} bytes at 2,000 and {large.Second:n0} at 20,000");
        // The estate itself lies in the same heap: what the sweeps hold beyond it, alone.
        Assert.True(large.Second - large.Idle <= Math.Max(0, small.Second - small.Idle) + 1_000_000, $"second sweep: {small.Second - small.Idle:n0} bytes beyond the estate at 2,000 and {large.Second - large.Idle:n0} at 20,000");
        Assert.Equal((Vaults * 8, 0, 0), (rig.Lists, rig.VersionLists, rig.Writes));
    }

    private sealed record Peaks(long Idle, long First, long Second);

    private static async Task<(Peaks, Estate)> PeakAsync(int secrets)
    {
        var estate = new Estate(secrets);
        var rig = new InventoryRig(estate);
        for (var v = 0; v < Vaults; v++)
            rig.Vaults.Add($"kv{v}");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var first = await RunAsync(rig, estate);
        Assert.Equal((Vaults * ((secrets + 24) / 25), Vaults * secrets, Vaults * secrets), (estate.Lists, estate.VersionLists, estate.Writes));
        estate.Reset();
        rig.Clock.Advance(TimeSpan.FromHours(1));
        var second = await RunAsync(rig, estate);
        return (new Peaks(idle, first, second), estate);
    }

    private static async Task<long> RunAsync(InventoryRig rig, Estate estate)
    {
        estate.Peak = 0;
        var report = await rig.RunOverAsync(estate);
        Assert.Equal((Vaults * estate.Secrets, false), (report.Listed, report.IsPartial));
        return estate.Peak;
    }

    /// <summary>Vaults and rows that are computed and never held, so that what memory holds is the sweep's. Each list page, now and then, is a look at what lives.</summary>
    internal sealed class Estate(int secrets) : ICredentialVault, ISweptEstate
    {
        private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private bool _known;

        public int Secrets => secrets;
        public int Lists { get; private set; }
        public int VersionLists { get; private set; }
        public int Writes { get; private set; }
        public long Peak { get; set; }

        public void Reset() => (_known, Lists, VersionLists, Writes) = (true, 0, 0, 0);

        private static CredentialVersion Version(string name, string version) => new()
        {
            Version = version, Enabled = true, Created = Made, Updated = Made, Tags = new Dictionary<string, string> { ["team"] = name.PadRight(100, '-') },
        };

        /// <summary>Not in the order of names.</summary>
        private string Name(int i) => $"s{(i * 7) % secrets:d5}";

        public IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct) => ListSecretsAsync(vaultHost, null, ct);

        public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, string? continuation, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            for (var from = 0; from < secrets; from += 25)
            {
                if (++Lists % 10 == 0)
                    Peak = Math.Max(Peak, GC.GetTotalMemory(forceFullCollection: true));
                var page = Enumerable.Range(from, Math.Min(25, secrets - from)).Select(Name).Select(name => new ListedSecret(CredentialId.Of(vaultHost, name), Version(name, "")));
                yield return new SecretPage([.. page], Made.AddDays(60), from + 25 < secrets ? $"{from + 25}" : null);
            }
        }

        public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct)
        {
            VersionLists++;
            return Task.FromResult(new VersionList([Version(id.Name, new string('1', 32))], Made.AddDays(60)));
        }

        public async IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            for (var i = 0; _known && i < secrets; i++)
            {
                var name = $"s{i:d5}";
                yield return new SweptStamp(CredentialId.Of(vaultHost, name), SweptStamp.Of(Version(name, ""), "prod", null, null), Gone: false);
            }
        }

        public Task WriteAsync(SweptCredential credential, CancellationToken ct)
        {
            Writes++;
            return Task.CompletedTask;
        }

        public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult<SweptCredential?>(null);
        public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct) => Task.FromResult<SweptResource?>(null);
        public IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, CancellationToken ct) => AsyncEnumerable.Empty<SweptCredential>();
        public IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct) => AsyncEnumerable.Empty<SweptResource>();
        public Task WriteAsync(SweptResource resource, CancellationToken ct) => throw new InvalidOperationException("There are no resources here.");
        public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct) => Task.FromResult<IReadOnlyList<CredentialId>>([]);
        public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct) => throw new InvalidOperationException("A sweep reads no values.");
        public Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");
        public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");
    }
}
