using System.Globalization;
using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Time;
using Nhi.Evidence.Shards;
using Nhi.Local.Delivery;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Parts;
using Npgsql;

namespace Nhi.Local;

/// <summary>What Bicep does in Azure: rights, containers, tables, keys, the fingerprint secret, database owners. A second run changes nothing.</summary>
internal sealed class Deployment(World world, WorldOptions options)
{
    private const string DeadLetters = "deadletters";

    /// <summary>Where the vaults' logs go.</summary>
    public static BlobContainerClient AuditLogs(Azurite azurite) => Container(azurite, "nhistate", "insights-logs-auditevent");

    /// <summary>The database role that an environment's rotator logs in as.</summary>
    public static string OwnerRole(string environment) => $"nhi_owner_{environment.ToLowerInvariant().Replace('-', '_')}";

    public async Task RunAsync(CancellationToken cancellation)
    {
        GiveRights();
        world.ProductVault.MakeKey("log");
        world.ProductVault.MakeKey("producers");
        if (!world.ProductVault.Has("nhi-fingerprint-key"))
            world.ProductVault.SetAs(world.Identities.Person, "nhi-fingerprint-key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        if (!world.ProductVault.Has(WebhookReceiver.KeyName))
            world.ProductVault.SetAs(world.Identities.Person, WebhookReceiver.KeyName, "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        world.Webhook.Expect(world.ProductVault.ReadAs(world.Identities.Person, WebhookReceiver.KeyName)!);
        await MakeStorageAsync(cancellation);
        if (world.Postgres is { } postgres) await MakeOwnersAsync(postgres, cancellation);
    }

    public static Task BuryAsync(Azurite azurite, DeadLetter letter, CancellationToken cancellation) =>
        Container(azurite, "nhihost", DeadLetters).GetBlobClient(letter.Path).UploadAsync(BinaryData.FromString(letter.Body.ToJsonString()), cancellation);

    private void GiveRights()
    {
        var who = world.Identities;
        foreach (var identity in who.OfTheProduct) world.IdentityEndpoint.Add(identity);
        foreach (var vault in world.AllVaults)
        {
            vault.Allow(who.Person, VaultRights.All);
            vault.Allow(who.Watcher, VaultRights.List);
        }

        world.Arm.AllowReading(who.Watcher);
        foreach (var identity in who.OfTheProduct) world.Tenant.People.Add(identity);
        world.Tenant.People.AllowRead(who.Watcher);
        world.Arm.Facts.AllowRead(who.Watcher);
        world.Arm.Facts.AllowCurtail(who.Curtailer);
        if (options.AuditWorkspace) world.Workspace.AllowRead(who.Watcher);
        foreach (var identity in who.OfTheProduct.Where(identity => identity != who.Curtailer && identity != who.Cleanup)) world.ProductVault.Allow(identity, VaultRights.KeyGet);
        world.ProductVault.Allow(who.Writer, VaultRights.KeySign);
        world.ProductVault.Allow(who.Sequencer, VaultRights.KeySign);
        world.ProductVault.AllowSecret(who.Watcher, WebhookReceiver.KeyName);
        foreach (var (name, environment) in options.Vaults.Concat(options.Unlisted.Where(vault => vault.Environment.Length > 0)))
        {
            world.Vault(name).Allow(who.Rotators[environment], VaultRights.List | VaultRights.Get | VaultRights.Set | VaultRights.Recover);
            world.Vault(name).Allow(who.Cleanup, VaultRights.Delete);
        }

        foreach (var rotator in who.Rotators.Values)
        {
            world.ProductVault.Allow(rotator, VaultRights.List | VaultRights.Get);
            world.StagingVault.Allow(rotator, VaultRights.List | VaultRights.Get | VaultRights.Set | VaultRights.Recover);
            world.Arm.AllowKeys(rotator);
        }
    }

    private async Task MakeStorageAsync(CancellationToken cancellation)
    {
        var year = world.Clock.GetUtcNow().Year;
        foreach (var account in (string[])["nhievidence", "nhievidence2"])
            for (var i = 0; i < 3; i++)
                await Container(world.Azurite, account, string.Create(CultureInfo.InvariantCulture, $"evidence-{year + i}")).CreateIfNotExistsAsync(cancellationToken: cancellation);
        await PrepareEvidenceAsync(cancellation);
        await Container(world.Azurite, "nhihost", DeadLetters).CreateIfNotExistsAsync(cancellationToken: cancellation);
        await AuditLogs(world.Azurite).CreateIfNotExistsAsync(cancellationToken: cancellation);
        await Container(world.Azurite, "nhistate", "policy").CreateIfNotExistsAsync(cancellationToken: cancellation);
        for (var i = 0; i < 3; i++)
            foreach (var account in (string[])["", "-secondary"])
                await Container(world.Azurite, "nhistate", string.Create(CultureInfo.InvariantCulture, $"evidence-{year + i}{account}-tiles")).CreateIfNotExistsAsync(cancellationToken: cancellation);

        var service = new TableServiceClient(
            Azurite.TableEndpoint("nhistate"), world.Azurite.Credential, new TableClientOptions { Transport = world.Azurite.Transport });
        foreach (var table in Nhi.Azure.Tables.StateTables.Names) await service.CreateTableIfNotExistsAsync(table, cancellation);
        try
        {
            // Without this row nothing has effects: it says that the tables are whole.
            await service.GetTableClient("Operations").AddEntityAsync(new TableEntity("marker", "ready"), cancellation);
        }
        catch (RequestFailedException there) when (there.Status == 409)
        {
            // A kept estate.
        }
    }

    /// <summary>What <c>nhi evidence prepare</c> does.</summary>
    private async Task PrepareEvidenceAsync(CancellationToken cancellation)
    {
        var clock = new GovernanceClock(world.Clock.FilePath);
        var preparation = new ShardPreparation(world.ProductVault.PublicKeys("log"), world.ProductVault.PublicKeys("producers"));
        foreach (var account in (string[])["nhievidence", "nhievidence2"])
        {
            var clients = new EvidenceClients(Azurite.BlobEndpoint(account), world.Azurite.Credential, AzureCloud.Public.StorageAudience, new ClientEquipment(new CallCounter(), world.Azurite.Transport));
            using var containers = new EvidenceContainers(clients, clock, policyNeeded: false);
            await containers.PrepareAsync(preparation, clock.GetUtcNow(), cancellation);
        }
    }

    /// <summary>The owner role of each environment; its password is what the identity endpoint answers as a token for databases.</summary>
    private async Task MakeOwnersAsync(PostgresServer postgres, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString());
        await connection.OpenAsync(cancellation);
        foreach (var (environment, rotator) in world.Identities.Rotators)
        {
            var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            var role = OwnerRole(environment);
            // Names come from our own options and the password is hexadecimal; DDL takes no parameters.
            var sql = $"""
                do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role "{role}" login createrole; end if; end $$;
                alter role "{role}" password '{password}';
                """;
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellation);
            world.IdentityEndpoint.SetDatabasePassword(rotator, password);
        }
    }

    private static BlobContainerClient Container(Azurite azurite, string account, string name) =>
        new(new Uri(Azurite.BlobEndpoint(account), name), azurite.Credential, new BlobClientOptions { Transport = azurite.Transport });
}
