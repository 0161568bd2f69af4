using Nhi.Local.Parts;
using Npgsql;

namespace Nhi.Local.Tests.Parts;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task A_password_is_asked_for_and_a_wrong_one_refused()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString());
        await connection.OpenAsync();
        await using var version = new NpgsqlCommand("show server_version", connection);

        Assert.StartsWith("18.", (string?)await version.ExecuteScalarAsync(), StringComparison.Ordinal);

        await using var stranger = new NpgsqlConnection(server.ConnectionString(password: "wrong"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => stranger.OpenAsync());
        Assert.Equal("28P01", refused.SqlState);
    }

    [Fact]
    public async Task A_kept_cluster_is_found_again()
    {
        var folder = $"/var/tmp/nhi-pg-test-{Environment.ProcessId}";
        if (OperatingSystem.IsWindows()) folder = Directory.CreateTempSubdirectory("nhi-pg-").FullName;
        try
        {
            await using (var first = await PostgresServer.StartAsync(new PostgresOptions { Folder = folder }))
                await ExecuteAsync(first, "create role kept");

            await using var second = await PostgresServer.StartAsync(new PostgresOptions { Folder = folder });
            await ExecuteAsync(second, "alter role kept login");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ExecuteAsync(PostgresServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
