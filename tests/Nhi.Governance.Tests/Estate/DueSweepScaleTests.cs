using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Tests.Sweeps;
using Nhi.Governance.Tests.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Estate;

/// <summary>Memory flat in N: what lives in the process is measured, so nothing runs beside it.</summary>
[Collection(nameof(Alone))]
public sealed class DueSweepScaleTests
{
    [Fact]
    public async Task Twenty_thousand_secrets_of_a_hundred_vaults_are_swept_in_no_more_memory_than_two_thousand()
    {
        // What other tests left behind, and what is made once in a process, goes into no comparison.
        await PeakAsync(100, 20);
        var small = await PeakAsync(100, 20);
        var large = await PeakAsync(100, 200);
        Assert.True(large.Peak <= small.Peak * 1.3, $"{small.Peak:n0} bytes at 2,000 and {large.Peak:n0} at 20,000");
    }

    [Fact]
    public async Task A_vault_of_twenty_thousand_costs_a_hundred_bytes_a_secret_at_most()
    {
        await PeakAsync(1, 2_000);
        var (idle, peak) = await PeakAsync(1, 20_000);
        Assert.True(peak - idle <= 20_000 * 100, $"{(peak - idle) / 20_000:n0} bytes a secret");
    }

    private static async Task<(long Idle, long Peak)> PeakAsync(int vaults, int secrets)
    {
        var estate = new InventoryScaleTests.Estate(secrets);
        var memory = new SweepMemory { All = [.. Enumerable.Range(0, vaults).Select(v => new GovernedVault($"kv{v}.vault.azure.net", ""))] };
        var sweep = new DueSweep(estate, memory, new Rows(secrets), null!, new CoverageBook(memory, memory), NullLogger<DueSweep>.Instance);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var report = await sweep.RunAsync(Rows.Now, TestContext.Current.CancellationToken);
        Assert.Equal((vaults * secrets, 0, false, vaults * ((secrets + 24) / 25)), (report.Observed, report.Looked, report.IsPartial, estate.Lists));
        return (idle, estate.Peak);
    }

    /// <summary>Rows that are computed and never held: everything is known, nothing is due.</summary>
    private sealed class Rows(int secrets) : IInventory
    {
        public static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
        private static readonly DateTimeOffset Made = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public async IAsyncEnumerable<InventoryEntry> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            for (var i = 0; i < secrets; i++)
                yield return new InventoryEntry
                {
                    Id = CredentialId.Of(vaultHost, $"s{i:d5}"), NewestCreated = Made, NewestUpdated = Made, NextLook = Now.AddDays(1), Enforced = true,
                    Resource = new ResourceId($"resource-{i}"), Kind = "generated", Owner = $"owner-{i}", Rule = $"rule-{i}",
                };
        }

        public Task<InventoryEntry?> FindAsync(CredentialId id, CancellationToken ct) => throw new InvalidOperationException("Nothing changed.");
        public Task<IReadOnlyList<CredentialId>> SecretsOfAsync(ResourceId resource, CancellationToken ct) => throw new InvalidOperationException("Nothing is due.");
        public Task ObserveAsync(InventoryEntry entry, CancellationToken ct) => throw new InvalidOperationException("Nothing changed.");
        public Task NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct) => throw new InvalidOperationException("Nothing is due.");
        public IAsyncEnumerable<WaitingSecret> WaitingAsync(CancellationToken ct) => throw new InvalidOperationException("Nobody is judged.");
        public Task NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct) => throw new InvalidOperationException("Nobody is judged.");
    }
}
