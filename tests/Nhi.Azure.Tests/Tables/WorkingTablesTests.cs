using Azure.Data.Tables;
using Nhi.Azure.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tests.Tables;

public sealed class WorkingTablesTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly ResourceId A = new("account/A"), B = new("account/b");

    private static InventoryEntry Entry(string name, ResourceId? resource) => new()
    {
        Id = CredentialId.Of("kv1.vault.azure.net", name),
        Resource = resource,
        Kind = "generated",
        Owner = "team@example.com",
        Rule = "all",
        Enforced = true,
        NewestCreated = Now,
        NewestUpdated = Now.AddSeconds(1),
        Expires = Now.AddDays(90),
        Due = Now.AddDays(60),
        Owed = 2,
        NextLook = Now.AddDays(1),
    };

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        List<T> all = [];
        await foreach (var item in items)
            all.Add(item);
        return all;
    }

    [Fact]
    public async Task An_entry_comes_back_as_it_was_observed_and_is_not_written_again_unchanged()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        var entry = Entry("a", A);

        await inventory.ObserveAsync(entry, default);
        Assert.Equal(entry, await inventory.FindAsync(entry.Id, default));
        Assert.Null(await inventory.FindAsync(CredentialId.Of("kv1.vault.azure.net", "b"), default));
        calls.Reset();
        await inventory.ObserveAsync(entry, default);

        Assert.Equal((1, 0), (calls.Of("table", "get"), calls.Of("table", "put")));
    }

    [Fact]
    public async Task The_secrets_of_a_resource_are_one_query_and_follow_moves_and_losses()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        await inventory.ObserveAsync(Entry("one", A), default);
        await inventory.ObserveAsync(Entry("two", A), default);
        await inventory.ObserveAsync(Entry("none", null), default);
        calls.Reset();

        Assert.Equal(["one", "two"], (await inventory.SecretsOfAsync(A, default)).Select(id => id.Name));
        Assert.Equal(1, calls.Of("table"));

        await inventory.ObserveAsync(Entry("one", B), default);
        await inventory.ObserveAsync(Entry("two", A) with { Gone = true }, default);
        Assert.Empty(await inventory.SecretsOfAsync(A, default));
        Assert.Equal("one", Assert.Single(await inventory.SecretsOfAsync(B, default)).Name);

        await inventory.ObserveAsync(Entry("one", A), default);
        await inventory.ObserveAsync(Entry("two", A), default);
        Assert.Equal(2, (await inventory.SecretsOfAsync(A, default)).Count);
        Assert.Empty(await inventory.SecretsOfAsync(B, default));
    }

    [Fact]
    public async Task What_the_engine_keeps_of_a_secret_comes_with_it_and_what_waits_of_all_in_one_query()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        var wait = new StandingWait { Version = "v1", Verb = Verbs.Rotate, Subject = "r", Reason = "slot-not-free", Why = "It is taken.", Remedy = "Free it.", Since = Entry("one", A).NewestCreated, Ends = Entry("one", A).NewestCreated.AddDays(3), Blocked = true };
        var (one, two) = (Entry("one", A), Entry("two", B));
        await inventory.ObserveAsync(one, default);
        await inventory.ObserveAsync(two, default);
        await inventory.NoteAsync(A, one.Id, new SecretNote { Wait = wait, Told = ["v1", "v2"] }, default);
        await inventory.NoteAsync(B, two.Id, new SecretNote { Told = ["v3"] }, default);
        await inventory.ObserveKnownAsync(one with { NextLook = one.NextLook.AddDays(1) }, default);
        calls.Reset();
        Assert.True(Assert.Single(await inventory.OwnedSecretsOfAsync(A, default)).Note!.SaysTheSameAs(new SecretNote { Wait = wait, Told = ["v1", "v2"] }));
        Assert.Equal([new WaitingSecret(one.Id, wait)], await inventory.WaitingAsync(default).ToListAsync());
        Assert.Equal(2, calls.Of("table"));

        await inventory.NoteAsync(A, one.Id, new SecretNote { Told = ["v1"] }, default);
        Assert.Empty(await inventory.WaitingAsync(default).ToListAsync());
        await inventory.NoteAsync(A, one.Id, new SecretNote { Wait = wait }, default);
        // One that cannot be read counts as none, and hides no other.
        await inventory.NoteAsync(B, two.Id, new SecretNote { Wait = wait }, default);
        var table = tables.Table(StateTables.Inventory, TableAccess.Watcher);
        await foreach (var row in table.QueryAsync<TableEntity>($"PartitionKey eq 'r:{B.Key}'"))
            await table.UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Note"] = "{\"wait\":{}}" }, row.ETag);
        Assert.Null(Assert.Single(await inventory.OwnedSecretsOfAsync(B, default)).Note);
        Assert.Equal([new WaitingSecret(one.Id, wait)], await inventory.WaitingAsync(default).ToListAsync());
        await inventory.ObserveAsync(one with { Gone = true }, default);
        Assert.Empty(await inventory.WaitingAsync(default).ToListAsync());
    }

    [Fact]
    public async Task Who_answers_for_the_secrets_of_a_resource_comes_with_them_in_the_same_query_and_outlives_every_look()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        var owner = new OwnerCandidate("group", "g-1", "team@contoso.com", OwnerSources.Tag, 80);
        var (one, two) = (Entry("one", A), Entry("two", A));
        // Also where the sweep came before the engine knew of it.
        await inventory.NoteOwnerAsync(A, two.Id, owner with { Name = null }, default);
        Assert.Empty(await inventory.OwnedSecretsOfAsync(A, default));
        await inventory.ObserveAsync(one, default);
        await inventory.ObserveAsync(two, default);
        await inventory.NoteOwnerAsync(A, one.Id, owner, default);
        calls.Reset();
        Assert.Equal([new OwnedSecret(one.Id, owner), new OwnedSecret(two.Id, owner with { Name = null })], await inventory.OwnedSecretsOfAsync(A, default));
        Assert.Equal(1, calls.Of("table"));

        await inventory.ObserveAsync(one with { Gone = true }, default);
        await inventory.ObserveAsync(one, default);
        await inventory.NoteOwnerAsync(A, two.Id, null, default);
        Assert.Equal([new OwnedSecret(one.Id, owner), new OwnedSecret(two.Id, null)], await inventory.OwnedSecretsOfAsync(A, default));
    }

    [Fact]
    public async Task A_secret_that_its_resource_knows_takes_one_write_and_moves_like_any_other()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        await inventory.ObserveAsync(Entry("one", A), default);
        calls.Reset();

        await inventory.ObserveKnownAsync(Entry("one", A) with { Owed = 7, Told = true }, default);
        Assert.Equal((1, 1), (calls.Of("table"), calls.Of("table", "put")));
        Assert.Equal(Entry("one", A) with { Owed = 7, Told = true }, await inventory.FindAsync(Entry("one", A).Id, default));

        await inventory.ObserveKnownAsync(Entry("one", A) with { Gone = true }, default);
        Assert.Empty(await inventory.SecretsOfAsync(A, default));
    }

    [Fact]
    public async Task The_entries_of_a_vault_are_its_own()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var inventory = new InventoryTable(tables);
        await inventory.ObserveAsync(Entry("a", A), default);
        await inventory.ObserveAsync(Entry("a", A) with { Id = CredentialId.Of("kv2.vault.azure.net", "a") }, default);

        Assert.Equal([Entry("a", A)], await AllAsync(inventory.OfVaultAsync("KV1.vault.azure.net", default)));
    }

    [Fact]
    public async Task A_change_of_a_note_changes_the_one_of_its_handle_only_and_nothing_that_it_leaves_alone()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var debts = new DebtsTable(tables);
        var note = new DebtNote { Resource = A, Handle = "key1:abc/#?", Credential = CredentialId.Of("kv1.vault.azure.net", "a"), LeftoverSince = Now, Waiting = "in use", LastLook = Now, HeldUntil = Now.AddDays(1), HeldBy = "me", HeldWhy = "migration" };

        await debts.ChangeAsync(A, note.Handle, _ => note with { Waiting = "first", HeldUntil = null, HeldBy = null, HeldWhy = null }, default);
        await debts.ChangeAsync(A, "key2", known => known, default);
        await debts.ChangeAsync(B, note.Handle, known => known, default);

        // While an attempt notes why it waits, a person holds the debt.
        var faster = false;
        await debts.ChangeAsync(A, note.Handle, known =>
        {
            if (!faster)
                debts.ChangeAsync(A, note.Handle, held => held with { HeldUntil = note.HeldUntil, HeldBy = "me", HeldWhy = "migration" }, default).GetAwaiter().GetResult();
            faster = true;
            return known with { Waiting = "in use" };
        }, default);

        Assert.Equal(2, (await debts.OfAsync(A, default)).Count);
        Assert.Contains(note, await debts.OfAsync(A, default));
        Assert.Equal(3, (await AllAsync(debts.ListAsync(default))).Count);
    }

    [Fact]
    public async Task An_hours_budget_is_spent_exactly_once_however_many_ask_and_begins_anew()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var budget = new MintBudget(new CursorsTable(tables));

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => budget.TryTakeAsync(5, Now, default)));

        Assert.Equal(5, taken.Count(got => got));
        Assert.False(await budget.TryTakeAsync(5, Now.AddMinutes(59), default));
        Assert.True(await budget.TryTakeAsync(5, Now.AddHours(1), default));
        Assert.False(await budget.TryTakeAsync(0, Now.AddHours(2), default));
    }

    [Fact]
    public async Task A_budget_that_another_process_took_from_is_read_again()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var (here, there) = (new MintBudget(new CursorsTable(tables)), new MintBudget(new CursorsTable(tables)));

        Assert.True(await here.TryTakeAsync(3, Now, default));
        Assert.True(await there.TryTakeAsync(3, Now, default));
        Assert.True(await here.TryTakeAsync(3, Now, default));
        Assert.False(await there.TryTakeAsync(3, Now, default));
        Assert.False(await here.TryTakeAsync(3, Now, default));
        Assert.True(await here.TryTakeAsync(4, Now, default));
        Assert.True(await there.TryTakeAsync(3, Now.AddHours(1), default));
    }

    [Fact]
    public async Task A_pause_is_in_force_until_it_is_lifted_and_can_be_set_again()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var pauses = new CursorsTable(tables);
        var pause = new Pause("kv:kv1.vault.azure.net/a", "me", "maintenance", Now, Now.AddDays(1), "records/x.json");

        await pauses.SetAsync(pause, default);
        Assert.Equal([pause], await pauses.CurrentAsync(default));
        Assert.True(await pauses.LiftAsync(pause.Scope, default));
        Assert.False(await pauses.LiftAsync(pause.Scope, default));
        Assert.False(await pauses.LiftAsync("*", default));
        Assert.Empty(await pauses.CurrentAsync(default));
        await pauses.SetAsync(pause with { Until = null }, default);
        Assert.Equal([pause with { Until = null }], await pauses.CurrentAsync(default));
    }

    [Fact]
    public async Task A_cursor_moves_only_from_where_it_was_read()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var cursors = new CursorsTable(tables);

        Assert.Null(await cursors.ReadAsync("sink.topic", default));
        var first = await cursors.TryMoveAsync("sink.topic", "10", null, default);
        Assert.Null(await cursors.TryMoveAsync("sink.topic", "11", null, default));
        var second = await cursors.TryMoveAsync("sink.topic", "12", first, default);
        Assert.Null(await cursors.TryMoveAsync("sink.topic", "13", first, default));
        Assert.Equal(second, await cursors.ReadAsync("sink.topic", default));
        await Assert.ThrowsAsync<ArgumentException>(() => cursors.ReadAsync("a/b", default));
    }
}
