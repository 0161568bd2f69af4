using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Azure.Rotators.Postgres;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Local.Parts;
using Npgsql;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>The contract and more against a real PostgreSQL, with a pair of roles.</summary>
public sealed class PostgresRoleRotatorTests(PostgresFixture postgres) : RotatorContract
{
    private static readonly PostgresRoleRotator _rotator = PostgresFixture.Rotator();

    protected override async Task<ProviderUnderTest> StartAsync() => await ProviderAsync(2);

    private async Task<ProviderUnderTest> ProviderAsync(int roles)
    {
        var server = await postgres.ServerAsync(Ct);
        var names = await postgres.RolesAsync(roles, Ct);
        var tag = $"{PostgresServer.Host}:{server.Port}/{PostgresFixture.Database}/{string.Join('+', names)}";
        var resource = Resolve(tag);
        return new ProviderUnderTest(_rotator, resource)
        {
            Target = names[^1],
            Forms =
            [
                new SecretMaterial($"Server=127.0.0.1;User Id={names[0]};Password='o;l''d';Pooling=true"),
                new SecretMaterial($"postgresql://{Uri.EscapeDataString(names[0])}:o%3Bld@127.0.0.1:5432/payroll?sslmode=require"),
                new SecretMaterial($"host=127.0.0.1 user={names[0]} password='o\\'ld' dbname=payroll"),
            ],
            GoDown = () => Resolve(tag.Replace($":{server.Port}/", $":{postgres.ClosedPort}/", StringComparison.Ordinal)),
        };
    }

    private static GovernedResource Resolve(string tag) => _rotator.Resolve(Credential, new Dictionary<string, string> { ["nhi-resource"] = tag }, "");

    [Fact]
    public async Task The_server_keeps_a_verifier_that_we_made_and_never_an_end()
    {
        var provider = await StartAsync();
        await provider.MintAsync(Ct);
        Assert.StartsWith("SCRAM-SHA-256$4096:", (string)(await postgres.AskAsync($"SELECT rolpassword FROM pg_authid WHERE rolname = '{provider.Target}'", Ct))!, StringComparison.Ordinal);
        Assert.Equal(DBNull.Value, await postgres.AskAsync($"SELECT rolvaliduntil FROM pg_authid WHERE rolname = '{provider.Target}'", Ct));
    }

    /// <summary>The token and the login may take their time: the row is renewed once they are there, and not before.</summary>
    [Fact]
    public async Task The_fence_is_asked_by_who_is_logged_in_as_the_owner()
    {
        var provider = await StartAsync();
        var away = new TestFence();
        await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.MintAsync(provider.GoDown(), provider.Order(), away, Ct));
        await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.KillAsync(provider.GoDown(), provider.Target!, true, away, Ct));
        Assert.Equal(0, away.Asked);

        var fence = new TestFence();
        await _rotator.MintAsync(provider.Resource, provider.Order(), fence, Ct);
        await _rotator.KillAsync(provider.Resource, provider.Target!, true, fence, Ct);
        Assert.Equal(2, fence.Asked);
    }

    [Fact]
    public async Task No_statement_that_the_server_sees_holds_the_password()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var seen = (string)(await postgres.AskAsync("SELECT coalesce(string_agg(query, E'\\n'), '') FROM pg_stat_activity", Ct))!;
        Assert.DoesNotContain(minted.Secret.Reveal(), seen, StringComparison.Ordinal);
        Assert.True((bool)(await postgres.AskAsync($"SELECT rolpassword NOT LIKE '%{minted.Secret.Reveal()}%' FROM pg_authid WHERE rolname = '{provider.Target}'", Ct))!);
    }

    /// <summary>A team may switch on whatever its driver can tell: neither a password nor a verifier of one nor a token is in it.</summary>
    [Fact]
    public async Task What_the_driver_traces_and_logs_at_its_lowest_level_holds_no_password()
    {
        var told = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Npgsql", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => told.Enqueue(string.Join('\n', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Concat(activity.Events.SelectMany(one => one.Tags.Select(tag => $"{one.Name} {tag.Key}={tag.Value}"))).Prepend($"{activity.DisplayName} {activity.StatusDescription}"))),
        };
        ActivitySource.AddActivityListener(listener);
        using var logs = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(new Lines(told)));
        NpgsqlLoggingConfiguration.InitializeLogging(logs, parameterLoggingEnabled: true);
        try
        {
            var provider = await StartAsync();
            var minted = await provider.MintAsync(Ct);
            await provider.VerifyAsync(minted.Handle, minted.Secret, Ct);
            await provider.VerifyAsync(minted.Handle, new SecretMaterial("wrong-and-told-nowhere"), Ct);
            await _rotator.LookAsync(provider.Resource, Ct);
            await _rotator.KillAsync(provider.Resource, minted.Handle, true, new TestFence(), Ct);
            // The driver does tell of others, or this test proves nothing.
            await postgres.AskAsync("SELECT 'told'", Ct);
            Assert.Contains(told, line => line.Contains("SELECT 'told'", StringComparison.Ordinal));
            Assert.All(told, line =>
            {
                Assert.DoesNotContain(minted.Secret.Reveal(), line, StringComparison.Ordinal);
                Assert.DoesNotContain("wrong-and-told-nowhere", line, StringComparison.Ordinal);
                Assert.DoesNotContain("SCRAM-SHA-256$", line, StringComparison.Ordinal);
            });
        }
        finally
        {
            NpgsqlLoggingConfiguration.InitializeLogging(NullLoggerFactory.Instance);
        }
    }

    /// <summary>A tag puts any two roles together; who may alter them says that they are a pair.</summary>
    [Fact]
    public async Task Two_roles_are_a_pair_where_the_comment_on_each_names_the_other()
    {
        var provider = await StartAsync();
        var (a, b) = (provider.Resource.Handles[0], provider.Resource.Handles[1]);
        async Task<bool> VouchedAsync() => (await _rotator.LookAsync(provider.Resource, Ct)).All(role => role.Vouched);

        Assert.All(await _rotator.LookAsync(provider.Resource, Ct), role => Assert.False(role.Vouched));
        await postgres.RunAsSuperuserAsync($"COMMENT ON ROLE \"{a}\" IS 'nhi-pair={b}'", Ct);
        Assert.False(await VouchedAsync());
        await postgres.RunAsSuperuserAsync($"COMMENT ON ROLE \"{b}\" IS 'nhi-pair=somebody'", Ct);
        Assert.False(await VouchedAsync());
        await postgres.RunAsSuperuserAsync($"COMMENT ON ROLE \"{b}\" IS 'payroll; asked for by Ada\nnhi-pair={a} since 2026'", Ct);
        Assert.True(await VouchedAsync());

        // Whoever cuts over one of them alone would do so past the pair's row.
        var alone = provider.Resource with { Id = new ResourceId("postgres:alone"), Overlap = OverlapClass.Cutover, Handles = [a], Address = provider.Resource.Address.Replace($"{a}+{b}", a, StringComparison.Ordinal) };
        var refused = await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.LookAsync(alone, Ct));
        Assert.Equal(("OneOfAPair", false), (refused.Code, refused.Transient));
        Assert.Contains(b, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_one_role_leaves_the_other_of_the_pair_open()
    {
        var provider = await StartAsync();
        var other = provider.Resource.Handles.Single(role => role != provider.Target);
        var kept = await _rotator.MintAsync(provider.Resource, provider.Order() with { Target = other }, new TestFence(), Ct);
        var killed = await provider.MintAsync(Ct);
        await _rotator.KillAsync(provider.Resource, killed.Handle, false, new TestFence(), Ct);
        var look = await _rotator.LookAsync(provider.Resource, Ct);
        Assert.Equal(provider.Resource.Handles, look.Select(role => role.Handle));
        Assert.True(look.Single(role => role.Handle == other).Open);
        Assert.False(look.Single(role => role.Handle == killed.Handle).Open);
        Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(other, kept.Secret, Ct)).Verification);
        Assert.Equal(DBNull.Value, await postgres.AskAsync($"SELECT rolpassword FROM pg_authid WHERE rolname = '{killed.Handle}'", Ct));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sessions_of_a_closed_role_end_only_where_it_is_asked_for(bool endSessions)
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        await using var session = new NpgsqlConnection((await postgres.ServerAsync(Ct)).ConnectionString(PostgresFixture.Database, minted.Handle, minted.Secret.Reveal()));
        await session.OpenAsync(Ct);
        await _rotator.KillAsync(provider.Resource, minted.Handle, endSessions, new TestFence(), Ct);
        await using var command = new NpgsqlCommand("SELECT 1", session);
        if (endSessions)
            Assert.Equal(PostgresErrorCodes.AdminShutdown, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(Ct))).SqlState);
        else
            Assert.Equal(1, await command.ExecuteScalarAsync(Ct));
    }

    [Fact]
    public async Task A_role_that_is_not_there_is_named_by_look_back_and_by_mint_and_is_dead_for_kill()
    {
        var provider = await StartAsync();
        await postgres.RunAsSuperuserAsync($"DROP ROLE \"{provider.Target}\"", Ct);
        await _rotator.KillAsync(provider.Resource, provider.Target!, true, new TestFence(), Ct);
        foreach (var call in (Func<Task>[])[() => _rotator.LookAsync(provider.Resource, Ct), () => provider.MintAsync(Ct)])
        {
            var failure = await Assert.ThrowsAsync<ExternalCallException>(call);
            Assert.Equal((false, false), (failure.MayHaveHappened, failure.Transient));
            Assert.Contains(provider.Target!, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_role_that_the_owner_may_not_alter_is_refused_with_the_remedy()
    {
        var provider = await StartAsync();
        await postgres.RunAsSuperuserAsync($"REVOKE \"{provider.Target}\" FROM nhi_owner", Ct);
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => provider.MintAsync(Ct));
        Assert.Equal((false, false, "42501"), (failure.MayHaveHappened, failure.Transient, failure.Code));
        Assert.Contains("nhi kinds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_of_the_owner_is_named_and_not_shown()
    {
        var provider = await StartAsync();
        var rotator = PostgresFixture.Rotator(token: "a token that is not taken");
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => rotator.LookAsync(provider.Resource, Ct));
        Assert.Equal((false, false), (failure.MayHaveHappened, failure.Transient));
        Assert.Contains(PostgresFixture.Owner, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not taken", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_owner_the_setting_is_named()
    {
        var provider = await StartAsync();
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => PostgresFixture.Rotator(owner: null).LookAsync(provider.Resource, Ct));
        Assert.Contains("Nhi__Postgres__Owner", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jdbc:postgresql://h/db?user=x&password=y")]
    [InlineData("short1")]
    [InlineData("with space in the middle of it")]
    [InlineData("ümlautümlautümlaut")]
    public async Task A_value_that_we_did_not_choose_is_never_set(string foreign)
    {
        var provider = await StartAsync();
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _rotator.MintAsync(provider.Resource, provider.Order() with { Chosen = new SecretMaterial(foreign) }, new TestFence(), Ct));
        Assert.False(failure.MayHaveHappened);
        AssertHoldsNoValue(failure, new SecretMaterial(foreign));
        Assert.All(await _rotator.LookAsync(provider.Resource, Ct), role => Assert.False(role.Open));
    }

    [Fact]
    public async Task A_database_that_is_not_there_says_nothing_about_the_password()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var elsewhere = provider.Resource with { Address = provider.Resource.Address.Replace($"/{PostgresFixture.Database}/", "/nowhere/", StringComparison.Ordinal) };
        Assert.Equal(Verification.Unknown, (await _rotator.VerifyAsync(elsewhere, minted.Handle, minted.Secret, Ct)).Verification);
    }

    [Fact]
    public async Task A_single_role_is_cut_over_and_its_value_keeps_its_form()
    {
        var provider = await ProviderAsync(1);
        Assert.Equal(OverlapClass.Cutover, provider.Resource.Overlap);
        var minted = await provider.MintAsync(Ct);
        Assert.Equal(Verification.Accepted, (await provider.VerifyAsync(null, minted.Secret, Ct)).Verification);
        Assert.Equal(minted.Secret.Reveal(), _rotator.Compose(provider.Resource, minted.Secret, null, new SecretMaterial("bare")).Reveal());
        Assert.Equal($"Host=h;Password={minted.Secret.Reveal()};X=1", _rotator.Compose(provider.Resource, minted.Secret, null, new SecretMaterial("Host=h;Password=old;X=1")).Reveal());
        Assert.Equal(provider.Target, _rotator.Read(provider.Resource, minted.Secret).Handle);
    }

    [Fact]
    public async Task A_pair_publishes_a_connection_string_that_opens_its_database()
    {
        var provider = await StartAsync();
        var minted = await provider.MintAsync(Ct);
        var published = _rotator.Compose(provider.Resource, minted.Secret, minted.Handle, null);
        await using var consumer = new NpgsqlConnection($"{published.Reveal()};Pooling=false");
        await consumer.OpenAsync(Ct);
        Assert.Equal(PostgresFixture.Database, consumer.Database);
    }

    [Fact]
    public async Task A_value_that_names_no_role_of_the_pair_cannot_be_tried()
    {
        var provider = await StartAsync();
        var read = _rotator.Read(provider.Resource, new SecretMaterial("Host=h;Username=somebody;Password=x"));
        Assert.Null(read.Handle);
        Assert.Equal(Verification.Unknown, (await provider.VerifyAsync(read.Handle, read.Secret, Ct)).Verification);
    }

    [Fact]
    public void Chosen_passwords_are_long_unambiguous_and_all_different()
    {
        var resource = Resolve("127.0.0.1/payroll/a+b");
        var chosen = Enumerable.Range(0, 200).Select(_ => _rotator.Choose(resource, new Dictionary<string, string>()).Reveal()).ToList();
        Assert.Equal(200, chosen.Distinct().Count());
        Assert.All(chosen, value => Assert.Matches(@"\A[A-HJ-NP-Za-km-z2-9]{40}\z", value));
    }

    [Theory]
    [InlineData("db1.postgres.database.azure.com/pay/app_b+app_a", "postgres:db1.postgres.database.azure.com/app_a+app_b", OverlapClass.Pair)]
    [InlineData("db1.postgres.database.azure.com:5432/other/app_a+app_b", "postgres:db1.postgres.database.azure.com/app_a+app_b", OverlapClass.Pair)]
    [InlineData("db1.postgres.database.azure.com:6432/pay/app_a", "postgres:db1.postgres.database.azure.com:6432/app_a", OverlapClass.Cutover)]
    public void The_same_roles_of_one_server_are_one_resource_whatever_database_they_open(string tag, string id, OverlapClass overlap)
    {
        var resource = Resolve(tag);
        Assert.Equal((id, overlap), (resource.Id.Value, resource.Overlap));
    }

    [Theory]
    [InlineData("evil.example.com/pay/a+b", "Nhi__Postgres__Hosts")]
    [InlineData("postgres.database.azure.com.evil.example/pay/a+b", "Nhi__Postgres__Hosts")]
    [InlineData("anybody.postgres.database.azure.com/pay/a+b", "Nhi__Postgres__Hosts")]
    [InlineData("db1.postgres.database.azure.com/pay/a+a", "roleA+roleB")]
    [InlineData("db1.postgres.database.azure.com/pay/App_A+app_b", "lower case")]
    [InlineData("db1.postgres.database.azure.com:99999/pay/a+b", "port")]
    [InlineData("db1.postgres.database.azure.com/pay/a\"; DROP ROLE b--", "roleA+roleB")]
    [InlineData("db1.postgres.database.azure.com/a+b", "database")]
    public void A_server_that_is_not_ours_to_log_in_to_or_a_broken_name_is_refused(string tag, string says)
    {
        var refusal = Assert.Throws<ResourceTagException>(() => Resolve(tag));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Lines(ConcurrentQueue<string> told) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => told.Enqueue($"{formatter(state, exception)} {state} {exception}");

        public void Dispose()
        {
        }
    }
}
