using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Nhi.Azure.PlatformLogs;
using Nhi.Azure.Tables;
using Nhi.Azure.Tests.Tables;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;
using Nhi.Local.Parts;

namespace Nhi.Azure.Tests.PlatformLogs;

public sealed class AuditArchiveTests(AzuriteFixture azurite)
{
    private const string Folder = "resourceId=/SUBSCRIPTIONS/6E68692D-6C6F-4361-8C73-756273637269/RESOURCEGROUPS/RG-APPS/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV1/";
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId App = CredentialId.Of("kv1.vault.azure.net", "app");

    private BlobContainerClient Container(string name, Action? onCall = null)
    {
        var options = new BlobClientOptions { Transport = azurite.Azurite.Transport };
        options.AddPolicy(new OnCall(onCall), HttpPipelinePosition.PerCall);
        return new(new Uri(Azurite.BlobEndpoint("nhisecond"), name), azurite.Azurite.Credential, options);
    }

    private sealed class OnCall(Action? action) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message) => action?.Invoke();
    }

    private static async Task AppendAsync(BlobContainerClient container, string name, string text)
    {
        await container.CreateIfNotExistsAsync();
        var blob = container.GetAppendBlobClient(name);
        await blob.CreateIfNotExistsAsync();
        await blob.AppendBlockAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task An_archive_that_is_not_there_has_no_parts() =>
        Assert.Empty(await new AuditArchive(Container("nowhere")).PartsAsync("kv1.vault.azure.net", Eight, Eight, default).ToListAsync());

    [Fact]
    public async Task Parts_are_those_of_the_vault_and_the_hours_and_lines_go_on_behind_an_offset()
    {
        var container = Container("archive-lines");
        await AppendAsync(container, Folder + "y=2026/m=03/d=02/h=08/m=00/PT1H.json", "one\ntwo\r\n");
        await AppendAsync(container, Folder + "y=2026/m=03/d=03/h=01/m=00/PT1H.json", "next day\n");
        await AppendAsync(container, Folder + "y=2026/m=03/d=02/h=07/m=00/PT1H.json", "too early\n");
        await AppendAsync(container, Folder.Replace("KV1", "KV10", StringComparison.Ordinal) + "y=2026/m=03/d=02/h=08/m=00/PT1H.json", "another vault\n");
        var archive = new AuditArchive(container);
        var parts = await archive.PartsAsync("kv1.vault.azure.net", Eight, Eight.AddDays(1), default).ToListAsync();

        Assert.Equal([(Eight, 9L), (Eight.AddHours(17), 9L)], parts.Select(part => (part.Hour, part.Size)));
        Assert.Equal([("one", 4L, true), ("two", 9L, true)], await TextsAsync(archive, parts[0], 0));
        Assert.Equal([("two", 9L, true)], await TextsAsync(archive, parts[0], 4));

        await AppendAsync(container, parts[0].Name, new string('x', AuditEvents.LongestLine + 7) + "\nlast");
        var grown = (await archive.PartsAsync("kv1.vault.azure.net", Eight, Eight, default).ToListAsync())[0];
        var lines = await TextsAsync(archive, grown, 9);
        Assert.Equal([("", 9L + AuditEvents.LongestLine + 8, true), ("last", grown.Size, false)], lines);
    }

    [Fact]
    public async Task Many_days_are_listed_by_months_and_come_in_the_same_order()
    {
        var container = Container("archive-months");
        foreach (var hour in (string[])["m=01/d=30/h=23", "m=01/d=31/h=00", "m=02/d=01/h=05", "m=02/d=27/h=10", "m=02/d=28/h=00", "m=03/d=01/h=09", "m=03/d=02/h=08", "m=03/d=02/h=09"])
            await AppendAsync(container, $"{Folder}y=2026/{hour}/m=00/PT1H.json", "one\n");
        var lists = 0;
        var archive = new AuditArchive(Container("archive-months", () => lists++));
        var parts = await archive.PartsAsync("kv1.vault.azure.net", new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero), Eight, default).ToListAsync();
        Assert.Equal(["31-00", "01-05", "27-10", "28-00", "01-09", "02-08"], parts.Select(part => part.Hour.ToString("dd-HH", System.Globalization.CultureInfo.InvariantCulture)));
        // Three for the folders; a day of January, February, two days of March.
        Assert.Equal(3 + 1 + 1 + 2, lists);
    }

    [Fact]
    public async Task The_folders_of_all_vaults_are_looked_for_once_a_run()
    {
        var container = Container("archive-folders");
        for (var i = 0; i < 12; i++)
            await AppendAsync(container, Folder.Replace("RG-APPS", $"RG-{i}", StringComparison.Ordinal).Replace("KV1", $"KV{i}", StringComparison.Ordinal) + "y=2026/m=03/d=02/h=08/m=00/PT1H.json", "one\n");
        var lists = 0;
        var archive = new AuditArchive(Container("archive-folders", () => lists++));
        for (var i = 0; i < 12; i++)
            Assert.Single(await archive.PartsAsync($"kv{i}.vault.azure.net", Eight, Eight, default).ToListAsync());
        Assert.Empty(await archive.PartsAsync("elsewhere.vault.azure.net", Eight, Eight, default).ToListAsync());

        // The root, its one subscription, its twelve groups; and a list a vault and day.
        Assert.Equal(1 + 1 + 12 + 12, lists);
    }

    private static async Task<List<(string, long, bool)>> TextsAsync(AuditArchive archive, LogPart part, long offset)
    {
        List<(string, long, bool)> texts = [];
        await foreach (var line in archive.LinesAsync(part, offset, default))
            texts.Add((Encoding.UTF8.GetString(line.Bytes.Span), line.Next, line.Ended));
        return texts;
    }

    [Fact]
    public async Task Reads_are_added_once_and_the_window_is_kept()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var use = new UseTable(tables);
        var seen = new UseSeen(App, new string('1', 32), "p", "ann@contoso.com", [Eight, Eight.AddMinutes(1)], "key-vault-audit");
        await use.AddAsync(seen, default);
        calls.Reset();
        await use.AddAsync(seen, default);
        Assert.Equal((1, 0), (calls.Of("table", "get"), calls.Of("table", "put")));
        await use.AddAsync(seen with { At = [Eight.AddMinutes(-5), Eight.AddMinutes(2)] }, default);

        Assert.Equal(new UseFact(App, seen.Version, "p", "ann@contoso.com", Eight.AddMinutes(-5), Eight.AddMinutes(2), 3, "key-vault-audit"), Assert.Single(await use.OfAsync(App, default).ToListAsync()));
        Assert.Null(await use.KnownAsync("kv1.vault.azure.net", default));
        await use.KnowAsync("kv1.vault.azure.net", new UseWindow(Eight, Eight.AddHours(2)), default);
        await use.KnowAsync("KV1.vault.azure.net", new UseWindow(Eight, Eight.AddHours(1)), default);
        Assert.Equal(new UseWindow(Eight, Eight.AddHours(2)), await use.KnownAsync("kv1.vault.azure.net", default));
    }

    [Fact]
    public async Task The_stretches_in_which_a_log_was_heard_come_back_to_the_millisecond_the_newest_where_there_are_too_many()
    {
        var use = new UseTable((await azurite.FreshTablesAsync()).Tables);
        LogSpan Span(int number) => new(Eight.AddHours(2 * number).AddMilliseconds(7), Eight.AddHours((2 * number) + 1).AddMilliseconds(number));
        var all = Enumerable.Range(0, 500).Select(Span).ToList();
        foreach (var heard in (IReadOnlyList<LogSpan>[])[[], [Span(0)], all[..400], all])
        {
            await use.KnowAsync("kv1.vault.azure.net", new UseWindow(Eight.AddHours(-heard.Count), Eight.AddDays(60)) { Heard = heard }, default);
            Assert.Equal(heard.TakeLast(400), (await use.KnownAsync("KV1.vault.azure.net", default))!.Heard);
        }
    }

    [Fact]
    public async Task What_the_platform_saw_at_a_resource_is_found_by_kind_and_handle_between_two_instants()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var changes = new PlatformChangesTable(tables, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Eight.AddHours(1)));
        ResourceId named = new("entra:it's me"), keys = new("/subscriptions/s/keys");
        PlatformChange Seen(ResourceId resource, string? handle, DateTimeOffset at) => new() { Time = at, Kind = ChangeKind.Minted, Operation = "add", Subject = resource.Value, Resource = resource, Handle = handle };
        await changes.NoteAsync(Seen(named, "Key-1", Eight), default);
        await changes.NoteAsync(Seen(keys, null, Eight.AddDays(2)), default);

        Task<bool> SawAsync(ResourceId resource, string? handle, double from, double to, ChangeKind kind = ChangeKind.Minted) => changes.SawAsync(resource, kind, handle, Eight.AddHours(from), Eight.AddHours(to), default);
        Assert.True(await SawAsync(named, "key-1", 0, 0));
        Assert.True(await SawAsync(named, null, -30, 1));
        Assert.False(await SawAsync(named, "key-2", -1, 1));
        Assert.False(await SawAsync(named, "key-1", 0.01, 1));
        Assert.False(await SawAsync(named, "key-1", -1, -0.01));
        Assert.False(await SawAsync(named, "key-1", -1, 1, ChangeKind.Killed));
        Assert.False(await SawAsync(new ResourceId("entra:other"), "key-1", -1, 1));
        // A log that names no key may have meant any; and the days between are gone through, the last one too.
        Assert.True(await SawAsync(keys, "key1", 0, 49));
        Assert.False(await SawAsync(keys, "key1", 0, 47));
        await changes.JudgedAsync(Seen(named, "Key-1", Eight), "matched", "op", default);
        Assert.True(await SawAsync(named, "key-1", 0, 0));
    }

    [Fact]
    public async Task Ends_that_vaults_announced_are_found_between_two_instants_whoever_judged_them()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var changes = new PlatformChangesTable(tables, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Eight.AddDays(9)));
        PlatformChange Told(double hour, ChangeKind kind = ChangeKind.NearExpiry) => new() { Time = Eight.AddHours(hour), Kind = kind, Operation = "x", Subject = App.ToString(), Credential = App, Version = new string('2', 32) };
        foreach (var change in (PlatformChange[])[Told(0), Told(1), Told(20), Told(48), Told(49), Told(2, ChangeKind.Altered)])
            await changes.NoteAsync(change, default);
        await changes.JudgedAsync(Told(1), "matched", null, default);

        Assert.Equal([Told(1), Told(20), Told(48)], (await changes.AnnouncedAsync(Eight, Eight.AddHours(48), default).ToListAsync()).OrderBy(change => change.Time));
        Assert.Empty(await changes.AnnouncedAsync(Eight.AddHours(2), Eight.AddHours(19), default).ToListAsync());
    }

    [Fact]
    public async Task A_change_is_kept_once_and_stays_judged_and_a_publication_is_remembered()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var changes = new PlatformChangesTable(tables, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Eight.AddHours(1)));
        var change = new PlatformChange
        {
            Time = Eight, Kind = ChangeKind.Published, Operation = "SecretSet", Subject = App.ToString(), Credential = App, Version = new string('2', 32), Principal = "p", AppId = "a", UserName = "ann@contoso.com", Ip = "::1", Correlation = "c",
        };
        await changes.NoteAsync(change, default);
        await changes.NoteAsync(change, default);
        Assert.Equal(change, Assert.Single(await changes.OpenAsync(Eight.AddDays(-1), default).ToListAsync()));
        await changes.JudgedAsync(change, "matched", null, default);
        await changes.NoteAsync(change, default);
        var minted = change with { Kind = ChangeKind.Minted, Operation = "regenerateKey", Version = null };
        await changes.JudgedAsync(minted, "matched", "op-1", default);

        Assert.Empty(await changes.OpenAsync(Eight.AddDays(-1), default).ToListAsync());
        Assert.Equal([new ExplainedChange("op-1", ChangeKind.Minted, minted.Key)], await changes.ExplainedAsync(Eight, default).ToListAsync());
        Assert.Empty(await changes.ExplainedAsync(Eight.AddDays(1), default).ToListAsync());
        Assert.True(await changes.SawPublishedAsync(App, new string('2', 32), default));
        Assert.False(await changes.SawPublishedAsync(App, new string('3', 32), default));
        Assert.False(await changes.SawPublishedAsync(App, "a/b' or 1 eq 1", default));
    }

    [Fact]
    public async Task Many_changes_of_several_days_are_judged_at_once_and_none_is_lost()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var changes = new PlatformChangesTable(tables, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Eight.AddDays(2)));
        List<PlatformChange> many = [.. Enumerable.Range(0, 230).Select(i => new PlatformChange { Time = Eight.AddMinutes(i * 10), Kind = ChangeKind.Altered, Operation = "SecretUpdate", Subject = App.ToString(), Credential = App, Correlation = $"{i}" })];
        foreach (var change in many.Skip(1))
            await changes.NoteAsync(change, default);
        // One that nobody noted yet, and one that is named twice.
        await changes.JudgedAsync([.. many, many[5]], "before", default);

        Assert.Empty(await changes.OpenAsync(Eight.AddDays(-1), default).ToListAsync());
        Assert.Empty(await changes.ExplainedAsync(Eight.AddDays(-1), default).ToListAsync());
        await changes.NoteAsync(many[0], default);
        Assert.Empty(await changes.OpenAsync(Eight.AddDays(-1), default).ToListAsync());
    }

    [Fact]
    public async Task What_an_event_told_of_is_remembered_by_its_type()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var announcements = new AnnouncementsTable(tables);
        Assert.Null(await announcements.FindAsync(App, default));
        await announcements.NoteAsync(App, SecretEvents.NewVersionCreated, Eight, default);
        await announcements.NoteAsync(App, SecretEvents.NearExpiry, Eight.AddHours(1), default);
        await announcements.NoteAsync(App, SecretEvents.Expired, Eight.AddHours(2), default);

        Assert.Equal(new Announced(Eight, Eight.AddHours(1)), await announcements.FindAsync(App, default));
    }

    [Fact]
    public async Task Dead_letters_are_listed_from_an_instant_on_and_read_up_to_a_size()
    {
        var container = Container("deadletters-read");
        await container.CreateIfNotExistsAsync();
        await container.GetBlobClient("sub/2026/3/2/8/x.json").UploadAsync(BinaryData.FromString("[]"));
        var letters = new DeadLetterBlobs(container);
        var listed = Assert.Single(await letters.SinceAsync(DateTimeOffset.MinValue, default).ToListAsync());

        Assert.Empty(await letters.SinceAsync(listed.Written.AddSeconds(1), default).ToListAsync());
        Assert.Equal("[]", await letters.ReadAsync(listed.Name, 2, default));
        Assert.Null(await letters.ReadAsync(listed.Name, 1, default));
        Assert.Null(await letters.ReadAsync("gone", 10, default));
        Assert.Empty(await new DeadLetterBlobs(null).SinceAsync(DateTimeOffset.MinValue, default).ToListAsync());
    }
}
