using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Nhi.Local.Demo.Estate;

/// <summary>Makes the estate as people had made it before the product came: providers, values, tags.</summary>
internal sealed class EstateSeeder(World world)
{
    private readonly Dictionary<string, string> passwords = [];

    /// <summary>A kept estate has it already.</summary>
    public bool IsThere => world.Vault(DemoEstate.Payments).Has("payroll-api");

    public async Task SeedAsync(CancellationToken ct)
    {
        await MakeRolesAsync(ct);
        foreach (var credential in DemoEstate.All.Where(credential => credential.Name != DemoEstate.Newcomer).Concat(DemoEstate.Neglected))
            Add(credential);
    }

    /// <summary>A person sets the secret by hand.</summary>
    public void Add(DemoCredential credential)
    {
        var value = ValueOf(credential);
        DateTimeOffset? end = credential.Life is { } days ? world.Clock.GetUtcNow().AddDays(days) : null;
        world.Vault(credential.Vault).SetAs(world.Identities.Person, credential.Name, value, end, TagsOf(credential), ofCertificate: credential.IsCertificate);
    }

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    private string ValueOf(DemoCredential credential)
    {
        switch (credential.Opens)
        {
            case Opens.EntraApplication:
                var application = world.Tenant.Add(credential.Target, world.Identities.Rotators[DemoEstate.EnvironmentOf(credential.Vault)]);
                return world.Tenant.AddSecret(application, "made by hand").Secret;
            case Opens.StorageAccount:
                return (world.Arm.Find(credential.Target) ?? world.AddStorageAccount(credential.Target)).Key("key1");
            case Opens.Database:
                return string.Create(CultureInfo.InvariantCulture,
                    $"Host=127.0.0.1;Port={world.SqlPort};Database=postgres;Username={FirstRole(credential)};Password={passwords[credential.Name]}");
            default:
                return Random();
        }
    }

    private static string FirstRole(DemoCredential credential) => credential.IsCutover ? credential.Target : $"{credential.Target}_a";

    /// <summary>As people tag it; null for what they don't.</summary>
    public Dictionary<string, string>? TagsOf(DemoCredential credential)
    {
        if (credential.Kind == DemoEstate.Untagged || credential.IsCertificate)
            return null;
        var tags = new Dictionary<string, string> { ["nhi-kind"] = credential.Kind.Split(' ')[0] };
        if (credential.Vault != DemoEstate.Legacy)
            tags["nhi-owner"] = credential.Vault == DemoEstate.Payments ? "payments-team" : "platform-team";
        var resource = credential.Opens switch
        {
            Opens.EntraApplication => $"entra:{world.Tenant.Add(credential.Target).AppId}",
            Opens.StorageAccount => world.Arm.Find(credential.Target)!.ResourceId,
            Opens.Database => string.Create(CultureInfo.InvariantCulture,
                $"127.0.0.1:{world.SqlPort}/postgres/{FirstRole(credential)}{(credential.IsCutover ? "" : $"+{credential.Target}_b")}"),
            _ => null,
        };
        if (resource is not null)
            tags["nhi-resource"] = resource;
        return tags;
    }

    private async Task MakeRolesAsync(CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(world.Postgres!.ConnectionString());
        await connection.OpenAsync(ct);
        foreach (var credential in DemoEstate.All.Where(credential => credential.Opens == Opens.Database))
        {
            var (first, password, owner) = (FirstRole(credential), passwords[credential.Name] = Random(), Deployment.OwnerRole(DemoEstate.EnvironmentOf(credential.Vault)));
            // Names are our own, and the password is hexadecimal; DDL takes no parameters.
            var sql = $"{RoleSql(first)} alter role {first} login password '{password}'; grant {first} to {owner} with admin option;";
            if (!credential.IsCutover)
                sql += $"{RoleSql($"{credential.Target}_b")} grant {credential.Target}_b to {owner} with admin option; comment on role {first} is 'nhi-pair={credential.Target}_b'; comment on role {credential.Target}_b is 'nhi-pair={first}';";
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Seeding may have been interrupted before.</summary>
    private static string RoleSql(string role) => $"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role} nologin; end if; end $$;";
}
