using System.Net;
using System.Net.Sockets;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Postgres;
using Nhi.Azure.Tests.Rotators;
using Nhi.Local.Parts;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Nhi.Azure.Tests.Rotators;

/// <summary>A real PostgreSQL, started when a test first asks for it. Its owner role has exactly the rights that the kind names.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public const string Owner = "nhi_owner";
    public const string Database = "payroll";

    /// <summary>With what a quoting mistake would stumble over, and as long as a token.</summary>
    private static readonly string _ownerPassword = $"tok'en\";=\\ {new string('x', 1500)}";

    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Bound, and nobody listens there: whoever connects is refused, and nobody else can take the port.</summary>
    private readonly Socket _closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private PostgresServer? _server;
    private int _made;

    public int ClosedPort => ((IPEndPoint)_closed.LocalEndPoint!).Port;

    public ValueTask InitializeAsync()
    {
        _closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _closed.Dispose();
        _gate.Dispose();
    }

    public async Task<PostgresServer> ServerAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            return _server ??= await StartAsync(ct);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>New roles, made by the owner and so its to alter, closed and without a password.</summary>
    public async Task<string[]> RolesAsync(int count, CancellationToken ct)
    {
        var server = await ServerAsync(ct);
        string[] roles = [.. Enumerable.Range(0, count).Select(_ => $"app-{Interlocked.Increment(ref _made)}$r")];
        foreach (var role in roles)
            await RunAsync(server.ConnectionString(Database, Owner, _ownerPassword), $"CREATE ROLE \"{role}\" NOLOGIN", ct);
        return roles;
    }

    /// <summary>A rotator whose owner is <paramref name="owner"/>, in a local world.</summary>
    internal static PostgresRoleRotator Rotator(string? owner = Owner, string? token = null)
    {
        var credentials = new FakeCredentials();
        credentials.Tokens["https://ossrdbms-aad.database.windows.net/.default"] = token ?? _ownerPassword;
        return new PostgresRoleRotator(credentials, CloudHosts.Public, new Nhi.Azure.Rotators.Postgres.PostgresOptions { Owner = owner, Hosts = ["DB1.postgres.database.azure.com"], Tls = PostgresTls.OffOnLoopback });
    }

    public async Task RunAsSuperuserAsync(string statement, CancellationToken ct) => await RunAsync((await ServerAsync(ct)).ConnectionString(Database), statement, ct);

    /// <summary>One value, as the superuser sees it.</summary>
    public async Task<object?> AskAsync(string statement, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection((await ServerAsync(ct)).ConnectionString(Database));
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(ct);
    }

    private static async Task<PostgresServer> StartAsync(CancellationToken ct)
    {
        var server = await PostgresServer.StartAsync(cancellation: ct);
        await RunAsync(server.ConnectionString(), $"CREATE ROLE {Owner} LOGIN CREATEROLE PASSWORD '{_ownerPassword.Replace("'", "''", StringComparison.Ordinal)}'", ct);
        await RunAsync(server.ConnectionString(), $"GRANT pg_signal_backend TO {Owner}", ct);
        await RunAsync(server.ConnectionString(), $"CREATE DATABASE {Database}", ct);
        return server;
    }

    private static async Task RunAsync(string connectionString, string statement, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
