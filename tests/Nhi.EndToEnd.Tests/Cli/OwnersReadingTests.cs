using System.Text;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi owners</c> out of what sweeps know: no vault is asked.</summary>
public sealed class OwnersReadingTests
{
    private static readonly DateTimeOffset _seen = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private readonly MemorySweptEstate _estate = new();
    private readonly Book _book = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static CredentialId Id(string vault, string name) => CredentialId.Of($"{vault}.vault.azure.net", name);

    private OwnersReading Reading()
    {
        var vaults = new Vaults();
        return new OwnersReading(vaults, _book, _estate, new Asked(), new PolicySubjects(new KindRegistry([]), vaults));
    }

    private async Task SeeAsync(CredentialId id, bool gone = false, DateTimeOffset? confirmed = null)
    {
        _book.Entries.Add(new OwnerEntry { Credential = id, Confirmed = confirmed is { } at ? new OwnerWord("ada", "ada", at, "records/x.json") : null });
        await _estate.WriteAsync(new SweptCredential
        {
            Id = id, Environment = "prod", FirstSeen = _seen, Gone = gone ? _seen.AddDays(1) : null,
            // Older than the first look at it: what counts is when it came to be governed.
            Newest = new CredentialVersion { Version = "", Created = _seen.AddYears(-1), Updated = _seen.AddYears(-1), Enabled = true },
        }, Ct);
    }

    [Fact]
    public async Task A_confirmation_is_due_when_the_sweep_finds_it_lapsed()
    {
        await SeeAsync(Id("kv1", "asked-a"));
        await SeeAsync(Id("kv1", "other"));
        await SeeAsync(Id("kv1", "asked-gone"), gone: true);
        await SeeAsync(Id("kv1", "asked-b"), confirmed: _seen.AddDays(10));
        var answer = await Reading().ReadAsync(null, null, Ct);
        Assert.Equal(
            new (string, DateTimeOffset?)[] { ("asked-a", _seen.AddDays(30)), ("other", null), ("asked-gone", null), ("asked-b", _seen.AddDays(40)) },
            Owned(answer).Select(one => (one.Credential[(one.Credential.LastIndexOf('/') + 1)..], one.ConfirmBy)));
        Assert.Equal((ExitCode.Fine, 0), (answer.Exit, Owned(answer).Count(one => one.DueUnknown is not null)));
    }

    [Fact]
    public async Task Of_one_that_no_sweep_has_seen_it_is_said_that_nobody_knows_and_the_others_are_shown()
    {
        _book.Entries.Add(new OwnerEntry { Credential = Id("kv1", "asked-new") });
        await SeeAsync(Id("kv2", "asked-a"));
        var answer = await Reading().ReadAsync(null, null, Ct);
        Assert.Equal(new (DateTimeOffset?, string?)[] { (null, "no sweep has seen it yet"), (_seen.AddDays(30), null) }, Owned(answer).Select(one => (one.ConfirmBy, one.DueUnknown)));
        Assert.Equal(ExitCode.Findings, answer.Exit);
        Assert.Equal(ExitCode.Findings, (await Reading().ReadAsync(Id("kv1", "asked-new"), null, Ct)).Exit);
        Assert.Equal(ExitCode.Fine, (await Reading().ReadAsync(Id("kv2", "asked-a"), null, Ct)).Exit);
    }

    [Fact]
    public async Task Only_those_of_the_vault_are_shown_that_was_said()
    {
        await SeeAsync(Id("kv1", "asked-a"));
        await SeeAsync(Id("kv2", "asked-a"));
        Assert.Equal("kv:kv2.vault.azure.net/asked-a", Assert.Single(Owned(await Reading().ReadAsync(null, "kv2.vault.azure.net", Ct))).Credential);
    }

    private static IReadOnlyList<OwnedShape> Owned(Answer answer) => ((OwnersShape)answer.Shape).Credentials;

    private sealed class Vaults : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All { get; } = [new("kv1.vault.azure.net", "prod"), new("kv2.vault.azure.net", "prod")];

        public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);
    }

    private sealed class Asked : IPolicySource
    {
        private static readonly Policy _policy = YamlPolicy.Load(Encoding.UTF8.GetBytes("""
            version: 1
            rules:
              - { name: asked, match: { name: "asked-*" }, mode: enforce, lifetime: P90D, attestEvery: P30D }
            """), "policy.yaml", ProductIdentities.None);

        public ValueTask<Policy> CurrentAsync(CancellationToken ct) => new(_policy);
    }

    private sealed class Book : IOwnerBook
    {
        public List<OwnerEntry> Entries { get; } = [];

        public Task<OwnerEntry?> FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult(Entries.FirstOrDefault(one => one.Credential == id));

        public IAsyncEnumerable<OwnerEntry> OfVaultAsync(string vaultHost, CancellationToken ct) => Entries.Where(one => one.Credential.Vault == vaultHost).ToAsyncEnumerable();

        public Task<OwnerEntry> ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct) => throw new InvalidOperationException("Who reads changes nothing.");
    }
}
