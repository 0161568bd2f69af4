using System.Globalization;
using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Npgsql;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>Connections to one server: as its owner, by a token, and as a role, by the password that is being tried. Never pooled: a pooled login proves nothing.</summary>
internal sealed class PostgresLogins(ICredentialSource credentials, CloudHosts hosts, PostgresOptions options)
{
    /// <summary>Seconds.</summary>
    private const int ConnectTimeout = 15;

    /// <summary>Seconds. The server itself gives up a statement after it, so that none lands later than the settle window.</summary>
    private const int StatementTimeout = 20;

    public bool Permits(PostgresAddress address) => options.Permits(address.Host);

    /// <summary>
    /// Logs in as the owner and runs <paramref name="statements"/>. Throws <see cref="ExternalCallException"/> when there is no login (nothing has happened then);
    /// what the statements throw is theirs.
    /// </summary>
    public async Task<T> AsOwnerAsync<T>(PostgresAddress address, string environment, string what, Func<NpgsqlConnection, Task<T>> statements, CancellationToken ct)
    {
        var owner = options.OwnerIn(environment) ?? throw new ExternalCallException(
            $"{what}: no owner role is set: set Nhi__Postgres__Owner (or Nhi__Postgres__Owners__{{environment}}) to the name under which the rotator's identity may log in.",
            mayHaveHappened: false, transient: false, code: "NoOwner");
        var settings = Settings(address, owner, await TokenAsync(environment, what, ct));
        settings.Options = $"-c statement_timeout={(StatementTimeout * 1000).ToString(CultureInfo.InvariantCulture)}";
        await using var source = Source(settings);
        await using var connection = source.CreateConnection();
        try
        {
            await connection.OpenAsync(ct);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && PostgresFailure.Of(failure) is not null)
        {
            throw PostgresFailure.Of(failure)!.AtOpen($"{what}: the owner role '{owner}' could not log in");
        }

        return await statements(connection);
    }

    /// <summary>Logs in as a role and out again. Throws what the driver throws.</summary>
    public async Task TryLoginAsync(PostgresAddress address, string role, SecretMaterial password, CancellationToken ct)
    {
        var settings = Settings(address, role, password.Reveal());
        // A server that asks for no password lets in whoever comes, and so proves nothing.
        settings.RequireAuth = "ScramSHA256,MD5,Password";
        await using var source = Source(settings);
        await using var connection = await source.OpenConnectionAsync(ct);
    }

    /// <summary>
    /// A source of its own, since a connection made of a string is remembered by the driver under that string, password and all. It traces and logs no command: one of them holds a verifier.
    /// </summary>
    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        builder.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false));
        builder.UseLoggerFactory(NullLoggerFactory.Instance);
        return builder.Build();
    }

    private NpgsqlConnectionStringBuilder Settings(PostgresAddress address, string user, string password)
    {
        var plain = options.Tls == PostgresTls.OffOnLoopback && PostgresOptions.IsLoopback(address.Host);
        return new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Database = address.Database,
            Username = user,
            Password = password,
            SslMode = plain ? SslMode.Disable : SslMode.VerifyFull,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Pooling = false,
            Timeout = ConnectTimeout,
            CommandTimeout = StatementTimeout + 5,
            ApplicationName = "nhi",
        };
    }

    private async Task<string> TokenAsync(string environment, string what, CancellationToken ct)
    {
        try
        {
            var token = await credentials.Rotator(environment).GetTokenAsync(new TokenRequestContext([hosts.PostgresScope]), ct);
            return token.Token;
        }
        catch (InvalidOperationException failure)
        {
            throw new ExternalCallException($"{what}: {failure.Message}", mayHaveHappened: false, transient: false, code: "NoIdentity");
        }
        catch (AuthenticationFailedException failure)
        {
            throw new ExternalCallException($"{what}: the rotator's identity got no token for PostgreSQL. {ServiceText.OneLine(failure.Message, 200)}", mayHaveHappened: false, transient: true, code: "NoToken");
        }
    }
}
