using System.Globalization;
using Npgsql;

namespace Nhi.Local.Parts;

/// <summary>
/// A PostgreSQL 18 of its own on a free port of the loopback. Passwords are checked (SCRAM-SHA-256) for every connection, its superuser's
/// is random, and statements never reach its log. It ends with this process.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The superuser's name.</summary>
    public const string Superuser = "postgres";

    private static readonly TimeSpan StartBudget = TimeSpan.FromSeconds(60);

    private readonly TetheredProcess process;
    private readonly string? temporary;

    private PostgresServer(TetheredProcess process, string? temporary, int port, string password)
    {
        this.process = process;
        this.temporary = temporary;
        Port = port;
        Password = password;
    }

    /// <summary>Always the loopback.</summary>
    public const string Host = "127.0.0.1";

    /// <summary>The port that the server listens on.</summary>
    public int Port { get; }

    /// <summary>The superuser's password.</summary>
    public string Password { get; }

    /// <summary>Installs (first time), makes the cluster and starts it; answers when the superuser can log in.</summary>
    /// <exception cref="PartsException">It could not be installed, made or started.</exception>
    public static async Task<PostgresServer> StartAsync(PostgresOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PostgresOptions();
        var parts = await PartsCache.EnsureAsync(options.Progress, cancellation);
        var user = UnixUser.Unprivileged();
        var cluster = await PostgresCluster.PrepareAsync(parts, user, options.Folder, cancellation);

        var kept = options.Folder is not null;

        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Take(1)[0];
            var process = TetheredProcess.Start(parts, kept ? "SIGINT" : "SIGQUIT", user, Command(parts, cluster, port, kept));
            var server = new PostgresServer(process, kept ? null : cluster.Root, port, cluster.Password);
            if (await server.AnswersAsync(options.Time, cancellation)) return server;
            var said = process.Said;
            await process.DisposeAsync();
            // Somebody may have taken the port in between: another one, three times.
            if (attempt == 3)
                throw new PartsException($"PostgreSQL does not answer on 127.0.0.1:{port}: {said}.");
        }
    }

    /// <summary>A connection string, the superuser's unless said.</summary>
    public string ConnectionString(string database = "postgres", string? user = null, string? password = null) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Database = database,
        Username = user ?? Superuser,
        Password = password ?? Password,
        Pooling = false,
        IncludeErrorDetail = false,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        if (temporary is not null) Directory.Delete(temporary, recursive: true);
    }

    private static IEnumerable<string> Command(PartsCache parts, PostgresCluster cluster, int port, bool kept) =>
    [
        parts.PostgresBinary("postgres"), "-D", cluster.Data, "-h", "127.0.0.1",
        "-p", port.ToString(CultureInfo.InvariantCulture),
        .. OperatingSystem.IsWindows() ? (string[])[] : ["-k", cluster.Sockets],
        // Throw-away data: speed before durability. A statement in the log could hold a password: none is written there.
        .. kept ? (string[])[] : ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
        "-c", "shared_buffers=16MB",
        "-c", "max_connections=60", "-c", "log_min_error_statement=panic", "-c", "log_statement=none",
    ];

    private async Task<bool> AnswersAsync(TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (!process.HasExited && time.GetElapsedTime(started) < StartBudget)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString());
                await connection.OpenAsync(cancellation);
                return true;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellation);
            }
        }

        return false;
    }
}
