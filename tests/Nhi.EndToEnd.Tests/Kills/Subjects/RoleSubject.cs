using System.Globalization;
using Nhi.Local;
using Npgsql;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Overlap classes pair and cutover: two roles of a database of which one is open, or a single one.</summary>
internal sealed class RoleSubject(World world, string name, bool isCutover) : Subject(world, name)
{
    private const string First = "made-by-hand";

    private readonly string role = name.Replace('-', '_');

    public override string Kind => "postgres-role";

    public override bool IsCutover => isCutover;

    /// <summary>A cut over value died with the cutover: nothing is owed.</summary>
    public override bool IsPaid(IReadOnlyList<SubjectVersion> versions) => IsCutover || base.IsPaid(versions);

    public override async Task<bool> OpensAsync(string value)
    {
        var login = new NpgsqlConnectionStringBuilder(IsCutover ? World.Postgres!.ConnectionString(user: role, password: value) : value)
        {
            // Past the proxy that counts, and never a login that somebody else made.
            Host = "127.0.0.1", Port = World.Postgres!.Port, Pooling = false,
        };
        try
        {
            await using var connection = new NpgsqlConnection(login.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return false;
        }
    }

    public override async Task<int> LivingAsync() =>
        (int)(long)(await RunAsync($"select count(*) from pg_roles where rolcanlogin and rolname like '{role}%'"))!;

    protected override async Task<(string Value, string? Resource)> MakeAsync()
    {
        // Names are our own; DDL takes no parameters.
        var (first, second) = IsCutover ? (role, null) : (role + "_a", role + "_b");
        await RunAsync($"create role {first} login password '{First}'; grant {first} to nhi_owner_prod with admin option");
        if (second is not null)
            await RunAsync($"create role {second} nologin; grant {second} to nhi_owner_prod with admin option; comment on role {first} is 'nhi-pair={second}'; comment on role {second} is 'nhi-pair={first}'");
        var resource = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{World.SqlPort}/postgres/{first}{(second is null ? "" : "+" + second)}");
        return (IsCutover ? First : string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={World.SqlPort};Database=postgres;Username={first};Password={First}"), resource);
    }

    private async Task<object?> RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(World.Postgres!.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
