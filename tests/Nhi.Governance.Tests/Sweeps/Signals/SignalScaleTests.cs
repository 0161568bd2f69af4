using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Tests.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>Memory of the sweep that judges: what lives in the process is measured, so nothing runs beside it.</summary>
[Collection(nameof(Alone))]
public sealed class SignalScaleTests
{
    private const int Vaults = 100;
    private static readonly DateTimeOffset _now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task S29_Twenty_thousand_secrets_with_findings_are_judged_in_no_more_memory_than_two_thousand()
    {
        // What other tests left behind, and what is made once in a process, goes into no comparison.
        await PeakAsync(20);
        var small = await PeakAsync(20);
        var large = await PeakAsync(200);
        Assert.True(large.Peak <= small.Peak * 1.3, $"{small.Peak:n0} bytes at 2,000 and {large.Peak:n0} at 20,000");
        // Those that a run keeps are as many in both.
        var more = (large.Peak - large.Idle - (small.Peak - small.Idle)) / (double)(large.Findings - small.Findings);
        Assert.True(more <= 64, $"{more:n0} bytes a finding");
    }

    private static async Task<(long Idle, long Peak, int Findings)> PeakAsync(int secrets)
    {
        // What a sweep finds of one of them is open of all.
        var rig = new SignalRig();
        var one = Estate.Secret(CredentialId.Of("kv1.vault.azure.net", "s00000"));
        rig.Estate.Credentials[one.Id] = one;
        await rig.SweepAsync(_now);
        var estate = new Estate(secrets, [.. rig.Tables.Open], rig.Tables.Owners[one.Id]);
        Assert.NotEmpty(estate.Each);
        var tables = rig.Tables;
        await using var services = rig.Registered().AddSingleton<ISweptEstate>(estate).AddSingleton<IVaultRegistry>(estate).AddSingleton<IFindings>(estate).AddSingleton<IOwnerBook>(estate).BuildServiceProvider();
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var (writes, records) = (tables.Writes, tables.Records.Count);
        var report = await services.GetRequiredService<SignalSweep>().RunAsync(_now, TestContext.Current.CancellationToken);
        Assert.Equal((Vaults * secrets, 0, 0, false), (report.Credentials, report.Raised, report.Resolved, report.IsPartial));
        Assert.Equal((writes, records), (tables.Writes, tables.Records.Count));
        return (idle, estate.Peak, estate.Each.Count * Vaults * secrets);
    }

    /// <summary>Rows that are computed and never held, so that what memory holds is the sweep's. Now and then a row is a look at what lives.</summary>
    private sealed class Estate(int secrets, IReadOnlyList<Finding> each, OwnerEntry owner) : ISweptEstate, IFindings, IOwnerBook, IVaultRegistry
    {
        private int _rows;

        public IReadOnlyList<Finding> Each => each;
        public long Peak { get; private set; }
        public IReadOnlyList<GovernedVault> All { get; } = [.. Enumerable.Range(0, Vaults).Select(v => new GovernedVault($"kv{v}.vault.azure.net", ""))];

        public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);

        public static SweptCredential Secret(CredentialId id)
        {
            var version = new CredentialVersion { Version = new string('1', 32), Enabled = true, Created = _now.AddDays(-300), Updated = _now.AddDays(-300), Tags = new Dictionary<string, string> { ["team"] = id.Name.PadRight(100, '-') } };
            return new SweptCredential { Id = id, Environment = "", Newest = version with { Version = "" }, Versions = [version], VersionsSeen = _now.AddDays(-1), FirstSeen = _now.AddDays(-300) };
        }

        private IEnumerable<CredentialId> Ids(string host) => Enumerable.Range(0, secrets).Select(i => CredentialId.Of(host, $"s{i:d5}"));

        public async IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var id in Ids(vaultHost))
            {
                if (++_rows % 200 == 0)
                    Peak = Math.Max(Peak, GC.GetTotalMemory(forceFullCollection: true));
                yield return Secret(id);
            }
        }

        async IAsyncEnumerable<OwnerEntry> IOwnerBook.OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var id in Ids(vaultHost))
                yield return owner with { Credential = id };
        }

        public async IAsyncEnumerable<Finding> ListAsync(bool resolved, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var vault in All)
                foreach (var id in Ids(vault.Host))
                    foreach (var finding in each)
                        yield return finding with { Subject = id.ToString(), Credential = id };
        }

        public IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, CancellationToken ct) => throw new InvalidOperationException("A sweep of signals reads whole rows.");
        public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct) => throw new InvalidOperationException("Nothing is asked for one by one.");
        public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct) => throw new InvalidOperationException("Nothing is asked for one by one.");
        public Task WriteAsync(SweptCredential credential, CancellationToken ct) => throw new InvalidOperationException("Nothing is news.");
        public Task WriteAsync(SweptResource resource, CancellationToken ct) => throw new InvalidOperationException("Nothing is news.");
        public Task WriteAsync(Finding finding, CancellationToken ct) => throw new InvalidOperationException("Nothing is news.");
        public IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct) => AsyncEnumerable.Empty<SweptResource>();
        public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct) => throw new InvalidOperationException("Nothing is asked for one by one.");
        public Task<IReadOnlyList<Finding>> OfAsync(string subject, CancellationToken ct) => throw new InvalidOperationException("Nothing is asked for one by one.");
        Task<OwnerEntry?> IOwnerBook.FindAsync(CredentialId id, CancellationToken ct) => throw new InvalidOperationException("Nothing is asked for one by one.");
        public Task<OwnerEntry> ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct) => throw new InvalidOperationException("Nothing is news.");
    }
}
