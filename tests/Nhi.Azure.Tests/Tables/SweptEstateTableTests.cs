using Nhi.Azure.Discovery;
using Nhi.Azure.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tests.Tables;

public sealed class SweptEstateTableTests(AzuriteFixture azurite)
{
    private const string Kv1 = "kv1.vault.azure.net";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static CredentialVersion Version(int i, params (string Name, string Value)[] tags) => new()
    {
        Version = i == 0 ? "" : $"{i:d32}", Enabled = i % 2 == 0, Created = Now.AddDays(i), Updated = Now.AddDays(i).AddSeconds(1), Expires = Now.AddDays(i + 90), NotBefore = i == 1 ? Now : null,
        ContentType = i == 2 ? "text/plain" : null, Managed = i == 3, Tags = tags.ToDictionary(tag => tag.Name, tag => tag.Value),
    };

    private static SweptCredential Row(string name, string? fingerprint = null, string vault = Kv1) => new()
    {
        Id = CredentialId.Of(vault, name), Environment = "prod", Newest = Version(0, ("nhi-owner", "me")), Versions = [Version(1), Version(2, ("nhi", "{}")), Version(3)], OlderVersions = 7, VersionsSeen = Now.AddMinutes(1),
        Kind = "generated", Resource = new ResourceId("Acct/A"), FirstSeen = Now.AddTicks(1), Fingerprint = fingerprint, FingerprintOf = fingerprint is null ? null : "v", Verified = Verification.Refused, VerifiedAt = Now, VerifiedOf = "v", Stamp = "stamp", Tried = [new TriedVersion("u", Verification.Accepted, Now)], Workload = new SeenWorkload("job", PrincipalState.Disabled, Now),
    };

    private static void AssertSame(SweptCredential expected, SweptCredential? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Newest.Tags, actual.Newest.Tags);
        Assert.Equal(expected.Versions.Select(version => version with { Tags = Empty }), actual.Versions.Select(version => version with { Tags = Empty }));
        Assert.All(expected.Versions.Zip(actual.Versions), pair => Assert.Equal(pair.First.Tags, pair.Second.Tags));
        Assert.Equal(expected.Tried, actual.Tried);
        Assert.Equal(expected with { Versions = None, Tried = [], Newest = Version(1) with { Tags = Empty } }, actual with { Versions = None, Tried = [], Newest = Version(1) with { Tags = Empty } });
        Assert.Equal(expected.Newest with { Tags = Empty }, actual.Newest with { Tags = Empty });
    }

    private static readonly IReadOnlyDictionary<string, string> Empty = new Dictionary<string, string>();
    private static readonly IReadOnlyList<CredentialVersion> None = [];

    [Fact]
    public async Task A_credential_comes_back_as_it_was_written_and_is_not_written_again_unchanged()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var estate = new SweptEstateTable(tables);

        await estate.WriteAsync(Row("a", "f1"), default);
        AssertSame(Row("a", "f1"), await estate.FindAsync(CredentialId.Of(Kv1, "a"), default));
        Assert.Null(await estate.FindAsync(CredentialId.Of(Kv1, "b"), default));
        calls.Reset();
        await estate.WriteAsync(Row("a", "f1"), default);
        Assert.Equal((1, 0), (calls.Of("table", "get"), calls.Of("table", "put")));

        // Who has read it needs no second look.
        calls.Reset();
        await estate.WriteAsync(Row("a", "f1"), Row("a", "f1"), default);
        Assert.Equal(0, calls.Of("table"));
        await estate.WriteAsync(Row("new"), null, default);
        Assert.Equal((0, 1), (calls.Of("table", "get"), calls.Of("table", "put")));

        var other = Row("a", "f1") with { Gone = Now, Verified = null, VerifiedAt = null, Stamp = null, Versions = [] };
        await estate.WriteAsync(other, default);
        AssertSame(other, await estate.FindAsync(CredentialId.Of(Kv1, "a"), default));
    }

    [Fact]
    public async Task A_vaults_credentials_come_in_the_order_of_their_names_beside_the_engines_own_rows()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var estate = new SweptEstateTable(tables);
        foreach (var name in (string[])["b", "a-1", "c", "a"])
            await estate.WriteAsync(Row(name), default);
        await estate.WriteAsync(Row("a", vault: "kv2.vault.azure.net"), default);
        await new InventoryTable(tables).ObserveAsync(new InventoryEntry { Id = CredentialId.Of(Kv1, "engine"), NewestCreated = Now, NewestUpdated = Now, NextLook = Now }, default);
        await estate.WriteAsync(Row("c") with { Gone = Now, Stamp = null }, default);
        calls.Reset();

        Assert.Equal(["a", "a-1", "b", "c"], await estate.OfVaultAsync("KV1.vault.azure.net", default).Select(row => row.Id.Name).ToListAsync());
        Assert.Equal(
            [new SweptStamp(CredentialId.Of(Kv1, "a"), "stamp", false), new(CredentialId.Of(Kv1, "a-1"), "stamp", false), new(CredentialId.Of(Kv1, "b"), "stamp", false), new(CredentialId.Of(Kv1, "c"), null, true)],
            await estate.StampsAsync(Kv1, default).ToListAsync());
        Assert.Equal(2, calls.Of("table"));
        Assert.Equal("engine", (await new InventoryTable(tables).OfVaultAsync(Kv1, default).SingleAsync()).Id.Name);
    }

    [Fact]
    public async Task A_fingerprint_names_the_credentials_that_have_it_now()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var estate = new SweptEstateTable(tables);
        await estate.WriteAsync(Row("a", "same"), default);
        await estate.WriteAsync(Row("b", "same"), default);
        await estate.WriteAsync(Row("c", "other"), default);
        Assert.Equal(["a", "b"], (await estate.WithFingerprintAsync("same", default)).Select(id => id.Name));
        Assert.Equal(["same"], (await estate.SharedFingerprintsAsync(default))!);

        await estate.WriteAsync(Row("a", "other"), default);
        await estate.WriteAsync(Row("b", "same") with { Gone = Now }, default);
        Assert.Empty(await estate.WithFingerprintAsync("same", default));
        Assert.Equal(["a", "c"], (await estate.WithFingerprintAsync("other", default)).Select(id => id.Name));
        Assert.Equal(["other"], (await estate.SharedFingerprintsAsync(default))!);

        await estate.WriteAsync(Row("b", "same"), default);
        await estate.WriteAsync(Row("a"), default);
        Assert.Equal("b", Assert.Single(await estate.WithFingerprintAsync("same", default)).Name);
        Assert.Equal("c", Assert.Single(await estate.WithFingerprintAsync("other", default)).Name);
        Assert.Empty((await estate.SharedFingerprintsAsync(default))!);
        Assert.Empty(await estate.WithFingerprintAsync("x' or Has eq true or PartitionKey eq 'x", default));
    }

    [Fact]
    public async Task The_largest_row_that_vaults_can_give_fits()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var estate = new SweptEstateTable(tables);
        (string, string)[] all = [.. Enumerable.Range(0, 15).Select(i => ($"{i:d2}{new string('ä', 510)}", new string('"', 512)))];
        var row = Row("a") with
        {
            Newest = Version(0, all),
            Versions = [.. Enumerable.Range(1, SweptCredential.MostVersions - 1).Select(i => Version(i, ("nhi", new string('x', 512)), ("nhi-mark", new string('y', 512)))), Version(SweptCredential.MostVersions, all)],
        };

        await estate.WriteAsync(row, default);

        AssertSame(row, await estate.FindAsync(row.Id, default));
    }

    [Fact]
    public async Task A_resource_comes_back_as_it_was_seen()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var estate = new SweptEstateTable(tables);
        var resource = new SweptResource { Id = new ResourceId("/Sub/x"), Kind = "storage-account-key", SeenAt = Now, Exists = true, Credentials = [new ProviderCredential("key1", "n", Now, Now.AddDays(1), "abc"), new ProviderCredential("key2")] };
        await estate.WriteAsync(resource with { Exists = null, SeenAt = DateTimeOffset.UnixEpoch }, default);
        Assert.Equal((null, DateTimeOffset.UnixEpoch), ((await estate.FindAsync(resource.Id, default))!.Exists, (await estate.FindAsync(resource.Id, default))!.SeenAt));
        await estate.WriteAsync(resource, default);

        var found = await estate.ResourcesAsync(default).SingleAsync();
        Assert.Equal(resource.Credentials, found.Credentials);
        Assert.Equal(resource, found with { Credentials = resource.Credentials });

        var roles = new IdentityRoles("o", [new RoleGrant("r", "/", new RoleFacts("Owner", "may change everything")), new RoleGrant("s", "/", new RoleFacts("Reader", null)), new RoleGrant("t", "/")]);
        await estate.WriteAsync(resource with { Roles = roles, RolesAt = Now }, default);
        found = (await estate.FindAsync(resource.Id, default))!;
        Assert.Equal((roles.ObjectId, Now), (found.Roles!.ObjectId, found.RolesAt));
        Assert.Equal(roles.Grants, found.Roles.Grants);
        Assert.Null(await estate.FindAsync(new ResourceId("other"), default));
    }

    [Fact]
    public async Task A_discovered_vault_comes_back_as_it_was_found()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var vaults = new DiscoveredVaultsTable(tables);
        await vaults.WriteAsync(new DiscoveredVault("kv2.vault.azure.net", "dev", "/x"), default);
        await vaults.WriteAsync(new DiscoveredVault(Kv1, "", "/y"), default);
        await vaults.WriteAsync(new DiscoveredVault(Kv1, "", "/y", Now), default);

        Assert.Equal([new DiscoveredVault(Kv1, "", "/y", Now), new DiscoveredVault("kv2.vault.azure.net", "dev", "/x")], await vaults.ListAsync(default).ToListAsync());
    }
}
