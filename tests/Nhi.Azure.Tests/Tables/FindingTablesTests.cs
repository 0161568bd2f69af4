using Nhi.Azure.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.Tests.Tables;

public sealed class FindingTablesTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset _now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId _id = CredentialId.Of("kv1.vault.azure.net", "app");

    private static Finding Found(string signal, string subject) => new()
    {
        Signal = signal, Subject = subject, Credential = _id, Resource = new ResourceId("/subscriptions/s/x"), Kind = "generated", Owner = "ada@contoso.com", Severity = "warning", Score = 55,
        Facts = ["one", "two: ünïcode"], Remedy = "Do it.", FirstSeen = _now, Record = "records/x.json",
    };

    private static void AssertSame(Finding expected, Finding actual) => Assert.Equivalent(expected, actual, strict: true);

    [Fact]
    public async Task Findings_come_back_by_subject_as_they_were_written_and_only_while_they_are_open()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var findings = new FindingsTable(tables);
        var ct = TestContext.Current.CancellationToken;
        var (a, b, other) = (Found(SignalNames.NoOwner, _id.ToString()), Found(SignalNames.NoExpiry, _id.ToString()), Found(SignalNames.NoOwner, "/subscriptions/it's/x") with { Credential = null, Resource = null, Owner = null, Kind = null });
        foreach (var finding in new[] { a, b, other })
            await findings.WriteAsync(finding, ct);
        Assert.Equal([SignalNames.NoExpiry, SignalNames.NoOwner], (await findings.OfAsync(_id.ToString(), ct)).Select(finding => finding.Signal).Order());
        AssertSame(other, Assert.Single(await findings.OfAsync(other.Subject, ct)));
        Assert.Empty(await findings.OfAsync("nobody", ct));

        await findings.WriteAsync(b with { Resolved = _now.AddDays(1) }, ct);
        AssertSame(a, Assert.Single(await findings.OfAsync(_id.ToString(), ct)));
        Assert.Equal(2, await findings.ListAsync(resolved: false, ct).CountAsync(ct));
        Assert.Equal(_now.AddDays(1), Assert.Single(await findings.ListAsync(resolved: true, ct).Where(finding => finding.Signal == SignalNames.NoExpiry).ToListAsync(ct)).Resolved);
    }

    [Fact]
    public async Task A_sweep_and_a_person_who_write_at_once_lose_neither_word()
    {
        var book = new OwnersTable((await azurite.FreshTablesAsync()).Tables);
        var ct = TestContext.Current.CancellationToken;
        var word = new OwnerWord("11111111-0000-4000-8000-000000000001", "bob", _now, "records/x.json");
        foreach (var known in (bool[])[false, true])
        {
            var id = CredentialId.Of(_id.Vault, known ? "known" : "new");
            if (known)
                await book.ChangeAsync(id, entry => entry, ct);
            var asked = 0;
            await book.ChangeAsync(id, entry =>
            {
                // While the sweep made up its mind, the person was faster.
                if (asked++ == 0)
                    book.ChangeAsync(id, between => between with { Assigned = word }, ct).GetAwaiter().GetResult();
                return entry with { Answer = OwnerAnswer.Nobody };
            }, ct);
            var read = (await book.FindAsync(id, ct))!;
            Assert.Equal((2, word), (asked, read.Assigned));
            Assert.NotNull(read.Answer);
        }
    }

    [Fact]
    public async Task Owners_come_back_as_they_were_written_by_credential_and_by_vault()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var book = new OwnersTable(tables);
        var ct = TestContext.Current.CancellationToken;
        var word = new OwnerWord("11111111-0000-4000-8000-000000000001", "bob", _now, "records/x.json");
        var chosen = new OwnerCandidate("group", "g", "team@contoso.com", OwnerSources.Tag, 80);
        var entries = new[]
        {
            new OwnerEntry { Credential = _id, Assigned = word, Answer = new OwnerAnswer(chosen, [chosen with { Id = "u", Left = true }]) },
            new OwnerEntry { Credential = CredentialId.Of(_id.Vault, "b"), Confirmed = word, Answer = new OwnerAnswer(null, [chosen with { Type = "service", Name = null }]) },
            new OwnerEntry { Credential = CredentialId.Of(_id.Vault, "c"), Answer = OwnerAnswer.Nobody, Asked = new OwnersAsked("question", word.At) },
            new OwnerEntry { Credential = CredentialId.Of(_id.Vault, "d") },
            new OwnerEntry { Credential = CredentialId.Of("kv2.vault.azure.net", "app") },
        };
        foreach (var entry in entries)
            Assert.Equal(entry, await book.ChangeAsync(entry.Credential, _ => entry, ct));
        foreach (var entry in entries)
        {
            var read = await book.FindAsync(entry.Credential, ct);
            Assert.Equal((entry.Assigned, entry.Confirmed, entry.Answer?.Chosen), (read!.Assigned, read.Confirmed, read.Answer?.Chosen));
            Assert.Equal(entry.Answer?.RunnersUp ?? [], read.Answer?.RunnersUp ?? []);
            Assert.Equal(entry.Answer is null, read.Answer is null);
        }

        Assert.Equal(entries[..4].Select(entry => entry.Credential), await book.OfVaultAsync("KV1.vault.azure.net", ct).Select(entry => entry.Credential).ToListAsync(ct));
        Assert.Null(await book.FindAsync(CredentialId.Of(_id.Vault, "nobody"), ct));
    }

    [Fact]
    public async Task That_owners_were_asked_for_again_is_noted_for_many_at_once_and_leaves_what_a_person_said_meanwhile()
    {
        var book = new OwnersTable((await azurite.FreshTablesAsync()).Tables);
        var ct = TestContext.Current.CancellationToken;
        var word = new OwnerWord("11111111-0000-4000-8000-000000000001", "bob", _now, "records/x.json");
        var answer = new OwnerAnswer(new OwnerCandidate("group", "g", "team@contoso.com", OwnerSources.Tag, 80), []);
        List<OwnerEntry> entries = [];
        foreach (var (i, vault) in Enumerable.Range(0, 103).Select(i => (i, i < 102 ? _id.Vault : "kv2.vault.azure.net")))
            entries.Add(new OwnerEntry { Credential = CredentialId.Of(vault, $"s{i:D3}"), Answer = answer });
        foreach (var entry in entries.Where((_, i) => i is 0 or 101 or 102))
            await book.ChangeAsync(entry.Credential, _ => entry with { Assigned = word }, ct);

        await book.AskedAsync([.. entries.Select(entry => entry with { Asked = new OwnersAsked("question", _now.AddDays(1)) })], ct);
        Assert.Equal(102, await book.OfVaultAsync(_id.Vault, ct).CountAsync(ct));
        foreach (var entry in entries.Where((_, i) => i is 0 or 101 or 102))
            Assert.Equal((word, answer.Chosen, new OwnersAsked("question", _now.AddDays(1))), await book.FindAsync(entry.Credential, ct) is { } read ? (read.Assigned, read.Answer?.Chosen, read.Asked) : default);
        await book.AskedAsync([], ct);
    }

    [Fact]
    public async Task All_reads_and_all_secrets_of_resources_are_listed_where_there_are_not_too_many()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var (use, inventory) = (new UseTable(tables), new InventoryTable(tables));
        var ct = TestContext.Current.CancellationToken;
        Assert.Empty((await use.AllAsync(0, ct))!);
        Assert.Empty((await inventory.AllSecretsAsync(0, ct))!);
        await use.KnowAsync(_id.Vault, new UseWindow(_now.AddDays(-1), _now), ct);
        foreach (var name in (string[])["a", "b", "c"])
        {
            var id = CredentialId.Of(_id.Vault, name);
            await use.AddAsync(new UseSeen(id, "1", "reader", null, [_now], "AuditEvent"), ct);
            await inventory.ObserveAsync(new InventoryEntry { Id = id, Resource = new ResourceId(name == "c" ? "other" : "shared"), NewestCreated = _now, NewestUpdated = _now, NextLook = _now, Gone = name == "b" }, ct);
        }

        Assert.Equal(["a", "b", "c"], (await use.AllAsync(3, ct))!.Select(fact => fact.Credential.Name).Order());
        Assert.Null(await use.AllAsync(2, ct));
        var secrets = (await inventory.AllSecretsAsync(2, ct))!;
        Assert.Equal(["a"], secrets[new ResourceId("shared")].Select(id => id.Name));
        Assert.Equal(["c"], secrets[new ResourceId("other")].Select(id => id.Name));
        Assert.Null(await inventory.AllSecretsAsync(1, ct));
    }
}
