using Nhi.Azure.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Azure.Tests.Tables;

public sealed class RemovalsTableTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_note_comes_back_as_it_was_written_and_the_last_one_counts()
    {
        var table = new RemovalsTable((await azurite.FreshTablesAsync()).Tables);
        var full = new RemovalNote
        {
            Credential = CredentialId.Of("kv1.vault.azure.net", "app"),
            Resource = new ResourceId("/subscriptions/a/b"),
            Step = RemovalStep.Quarantined,
            Since = At,
            Next = At.AddDays(30),
            Waiting = "a pause",
            Record = "records/a.json",
            History = new RemovalHistory
            {
                Told = new RemovalNotice(At.AddDays(-14), At, "records/t.json") { Taken = At.AddDays(-13) },
                Kept = new RemovalKeep(At.AddDays(-20), At.AddDays(-15), "ada", "because", "records/k.json"),
                Dropped = At.AddDays(-30),
                Restored = At.AddDays(-40),
            },
        };
        var bare = new RemovalNote { Credential = CredentialId.Of("kv1.vault.azure.net", "bare"), Resource = new ResourceId("kv:kv1.vault.azure.net/bare") };
        await table.WriteAsync(full with { Waiting = null }, default);
        await table.WriteAsync(full, default);
        await table.WriteAsync(bare, default);

        Assert.Equal(full, await table.FindAsync(full.Credential, default));
        Assert.Equal(bare, await table.FindAsync(bare.Credential, default));
        Assert.Null(await table.FindAsync(CredentialId.Of("kv1.vault.azure.net", "other"), default));
        var all = new List<RemovalNote>();
        await foreach (var note in table.ListAsync(default))
            all.Add(note);
        Assert.Equal(2, all.Count);
    }

    [Fact]
    public async Task What_is_remembered_of_roles_lies_beside_it_and_neither_shows_among_the_other()
    {
        var (tables, app) = ((await azurite.FreshTablesAsync()).Tables, new ResourceId("entra:11111111-0000-4000-8000-000000000001"));
        var (removals, roles) = (new RemovalsTable(tables), new CurtailmentsTable(tables));
        var told = new CurtailmentNote { Key = "k1", Identity = app, Scope = "/subscriptions/a", Step = CurtailmentStep.Told, Since = At, Record = "records/t.json", Attempt = "records/i.json", Next = At.AddDays(14), Waiting = "a pause" };
        var gone = new CurtailmentNote { Key = "k2", Identity = app, Scope = "/subscriptions/a", Step = CurtailmentStep.Curtailed, Since = At, Record = "records/c.json" };
        var other = gone with { Identity = new ResourceId("entra:22222222-0000-4000-8000-000000000002") };
        await removals.WriteAsync(new RemovalNote { Credential = CredentialId.Of("kv1.vault.azure.net", "app"), Resource = app }, default);
        foreach (var note in (CurtailmentNote[])[gone with { Step = CurtailmentStep.Told }, told, gone, other])
            await roles.WriteAsync(note, default);

        Assert.Equal([told, gone], (await roles.OfAsync(app, default)).OrderBy(note => note.Key, StringComparer.Ordinal));
        Assert.Equal(3, await roles.ListAsync(default).CountAsync());
        Assert.Equal(1, await removals.ListAsync(default).CountAsync());
    }
}
