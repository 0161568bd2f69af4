using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Tests.Sweeps;

namespace Nhi.Governance.Tests.Estate;

/// <summary>What the sweep of what is due makes of lists that lag, and that a page dropped out of. Nothing here is due, so no governor is asked.</summary>
public sealed class DueSweepTests
{
    private const string Host = "kv1.vault.azure.net";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId Id = CredentialId.Of(Host, "payroll");
    private readonly SweepMemory _memory = new() { All = [new GovernedVault(Host, "")] };
    private readonly Lists _vault = new();

    private async Task<InventoryEntry> SweptAsync(DateTimeOffset created, DateTimeOffset? updated = null)
    {
        _memory.Entries[Id] = new InventoryEntry { Id = Id, NewestCreated = created, NewestUpdated = updated ?? created, NextLook = Now.AddDays(1) };
        var report = await new DueSweep(_vault, _memory, _memory, null!, new CoverageBook(_memory, _memory), NullLogger<DueSweep>.Instance).RunAsync(Now, TestContext.Current.CancellationToken);
        Assert.False(report.IsPartial, string.Join(' ', report.Failures));
        Assert.Equal(0, report.Looked);
        return _memory.Entries[Id];
    }

    [Fact]
    public async Task What_no_list_shows_any_more_is_gone() => Assert.True((await SweptAsync(Now.AddHours(-1))).Gone);

    [Fact]
    public async Task A_secret_that_is_younger_than_a_list_is_late_is_not_gone_for_a_list_that_does_not_show_it() => Assert.False((await SweptAsync(Now.AddMinutes(-14))).Gone);

    /// <summary>Its siblings would publish over what it holds.</summary>
    [Fact]
    public async Task A_secret_that_fell_between_two_pages_is_asked_after_before_it_counts_as_gone()
    {
        _vault.Versions[Id] = Version(Now.AddHours(-1));
        Assert.False((await SweptAsync(Now.AddHours(-1))).Gone);
    }

    [Fact]
    public async Task What_is_known_since_a_moment_ago_is_not_made_older_by_a_list()
    {
        _vault.Listed[Id] = Version(Now.AddDays(-3));
        var kept = await SweptAsync(Now.AddMinutes(-5));
        Assert.Equal((Now.AddMinutes(-5), false), (kept.NewestCreated, kept.Gone));

        _vault.Listed[Id] = Version(Now.AddDays(-3));
        Assert.Equal(Now.AddMinutes(-5), (await SweptAsync(Now.AddDays(-3), Now.AddMinutes(-5))).NewestUpdated);
    }

    private static CredentialVersion Version(DateTimeOffset created) => new() { Version = new string('1', 32), Enabled = true, Created = created, Updated = created };

    private sealed class Lists : ICredentialVault
    {
        public Dictionary<CredentialId, CredentialVersion> Listed { get; } = [];
        public Dictionary<CredentialId, CredentialVersion> Versions { get; } = [];

        public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            yield return new SecretPage([.. Listed.Select(listed => new ListedSecret(listed.Key, listed.Value with { Version = "" }))], Now);
        }

        public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct) => Task.FromResult(new VersionList(Versions.TryGetValue(id, out var version) ? [version] : [], Now));
        public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct) => throw new InvalidOperationException("A sweep reads no values.");
        public Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");
        public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");
    }
}
