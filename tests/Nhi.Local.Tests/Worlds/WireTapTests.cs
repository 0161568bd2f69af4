using System.Collections.Concurrent;
using Azure;
using Nhi.Local.Wire;
using Npgsql;

namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class WireTapTests(WorldFixture fixture) : IDisposable
{
    private World World => fixture.World;

    [Fact]
    public async Task Before_the_effect_nothing_is_there_and_after_it_all_is_while_the_client_still_waits()
    {
        // The client keeps a vault's challenge for the life of the process, so whether it asks for one depends on who came before: it is had out of the way.
        var client = fixture.Vault("kv1", World.Identities.Person);
        await client.SetSecretAsync("tapped-first", "v");
        var seen = new ConcurrentQueue<(string When, bool There)>();
        World.Traffic.Tap = new Tap(
            request => seen.Enqueue(("before", World.Vault("kv1").Has("tapped"))),
            request => seen.Enqueue(("after", World.Vault("kv1").Has("tapped"))));
        var before = World.Traffic.Total;

        await client.SetSecretAsync("tapped", "v");

        Assert.Equal([("before", false), ("after", true)], seen);
        Assert.Equal(1, World.Traffic.Total - before);
    }

    [Fact]
    public async Task Whoever_is_cut_off_before_the_effect_has_had_none_and_after_it_has_had_it()
    {
        var client = fixture.Vault("kv1", World.Identities.Person);
        await client.SetSecretAsync("cut-0", "v");
        World.Traffic.Tap = new Tap(_ => throw new OperationCanceledException(), null);
        await Assert.ThrowsAsync<RequestFailedException>(() => client.SetSecretAsync("cut-before", "v"));
        World.Traffic.Tap = new Tap(null, _ => throw new OperationCanceledException());
        await Assert.ThrowsAsync<RequestFailedException>(() => client.SetSecretAsync("cut-after", "v"));

        Assert.False(World.Vault("kv1").Has("cut-before"));
        Assert.True(World.Vault("kv1").Has("cut-after"));
    }

    [Fact]
    public async Task A_statement_is_held_before_it_reaches_the_database_and_its_answer_after()
    {
        var seen = new ConcurrentQueue<(string When, bool There)>();
        await using var connection = new NpgsqlConnection(ConnectionString());
        await connection.OpenAsync();
        World.Traffic.Tap = new Tap(_ => seen.Enqueue(("before", RoleExists("tapped_role"))), _ => seen.Enqueue(("after", RoleExists("tapped_role"))));

        await using var command = new NpgsqlCommand("create role tapped_role", connection);
        await command.ExecuteNonQueryAsync();

        Assert.Equal([("before", false), ("after", true)], seen);
    }

    [Fact]
    public async Task A_database_that_is_down_has_not_run_the_statement()
    {
        await using var connection = new NpgsqlConnection(ConnectionString());
        await connection.OpenAsync();
        World.Faults.Set("sql", Fault.Down);

        await using var command = new NpgsqlCommand("create role never_made", connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync());

        World.Faults.Clear("sql");
        Assert.False(RoleExists("never_made"));
    }

    [Fact]
    public async Task The_owner_logs_in_with_what_the_identity_endpoint_answers_for_databases()
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{World.Settings["IDENTITY_ENDPOINT"]}?api-version=2019-08-01&resource=https://ossrdbms-aad.database.windows.net&client_id={World.Identities.Rotators["prod"].ClientId}");
        request.Headers.Add("X-IDENTITY-HEADER", World.Settings["IDENTITY_HEADER"]);
        using var response = await client.SendAsync(request);
        var password = (string)System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!["access_token"]!;

        await using var owner = new NpgsqlConnection(ConnectionString(World.Settings["Nhi__Postgres__Owners__prod"], password));
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand("create role made_by_owner login", owner);
        await command.ExecuteNonQueryAsync();

        Assert.True(RoleExists("made_by_owner"));
    }

    public void Dispose()
    {
        World.Traffic.Tap = null;
        World.Faults.ClearAll();
    }

    private string ConnectionString(string? user = null, string? password = null) =>
        new NpgsqlConnectionStringBuilder(World.Postgres!.ConnectionString(user: user, password: password)) { Port = World.SqlPort }.ConnectionString;

    /// <summary>Past the wire.</summary>
    private bool RoleExists(string name)
    {
        using var connection = new NpgsqlConnection(World.Postgres!.ConnectionString());
        connection.Open();
        using var command = new NpgsqlCommand("select exists (select from pg_roles where rolname = $1)", connection) { Parameters = { new() { Value = name } } };
        return (bool)command.ExecuteScalar()!;
    }

    private sealed class Tap(Action<WireRequest>? before, Action<WireRequest>? after) : IWireTap
    {
        public ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation)
        {
            before?.Invoke(request);
            return ValueTask.CompletedTask;
        }

        public ValueTask AfterAsync(WireRequest request, CancellationToken cancellation)
        {
            after?.Invoke(request);
            return ValueTask.CompletedTask;
        }
    }
}
