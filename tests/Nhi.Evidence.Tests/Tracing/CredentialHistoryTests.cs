using CsCheck;
using Nhi.Evidence.Records;
using Nhi.Evidence.Tracing;

namespace Nhi.Evidence.Tests.Tracing;

public sealed class CredentialHistoryTests
{
    private const string Id = "kv:kv1.vault.azure.net/payroll-api";
    private static readonly DateTimeOffset Day1 = Samples.Start;
    private readonly List<TracedRecord> records = [];

    [Fact]
    public void A_version_is_current_from_its_rotation_and_the_one_before_stays_accepted_until_it_was_read_back_as_dead()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(10));
        Revokes("v1", "k1", "v2", Day1.AddDays(24));
        var history = Read();

        Assert.Null(history.At(Day1.AddHours(-1)).Current);
        Assert.Equal(("v1", "", ""), Told(history.At(Day1.AddDays(5))));
        Assert.Equal(("v2", "v1", ""), Told(history.At(Day1.AddDays(15))));
        Assert.Equal(("v2", "", "v1"), Told(history.At(Day1.AddDays(30))));
        var first = history.At(Day1.AddDays(30)).Dead.Single();
        Assert.Equal("v2", first.SupersededBy);
        Assert.EndsWith("_revoke_2-ok.json", first.Killed!.Path, StringComparison.Ordinal);
        Assert.True(first.DeadAfter < first.DeadBy);
    }

    [Fact]
    public void While_an_attempt_has_no_outcome_the_moment_says_that_it_is_under_way()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(10));
        var moment = Read().At(Day1.AddDays(10).AddSeconds(2));

        Assert.Equal("v1", moment.Current!.Version);
        Assert.Equal("credential.rotate", Assert.Single(moment.UnderWay).Record.Action);
        Assert.Empty(Read().At(Day1.AddDays(11)).UnderWay);
    }

    [Fact]
    public void A_version_that_somebody_else_published_is_known_from_the_first_record_that_sees_it()
    {
        Governs("v1", "k1", Day1);
        Governs("v2", "k2", Day1.AddDays(3));
        var seen = Read().At(Day1.AddDays(4)).Current!;

        Assert.False(seen.PublishedByUs);
        Assert.True(seen.CurrentAfter < Day1.AddDays(1));
        Assert.True(seen.CurrentBy >= Day1.AddDays(3));
    }

    [Fact]
    public void An_attempt_that_failed_or_left_nothing_changes_nothing()
    {
        Governs("v1", "k1", Day1);
        Add("rotate", Day1.AddDays(1), "FAILED", new ChangeFacts(Facts("v1", "k1")));
        Add("rotate", Day1.AddDays(2), "reconciled", new ChangeFacts(Facts("v1", "k1")), shown: "absent");

        Assert.Equal(("v1", "", ""), Told(Read().At(Day1.AddDays(3))));
    }

    [Fact]
    public void What_the_next_holder_found_counts_as_an_outcome()
    {
        Governs("v1", "k1", Day1);
        Add("rotate", Day1.AddDays(1), "reconciled", new ChangeFacts(Facts("v1", "k1"), Facts("v2", "k2")), shown: "published");
        Add("revoke", Day1.AddDays(20), "reconciled", new ChangeFacts(Facts("v2", "k2")), shown: "dead", debt: new DebtFacts("k1", Versions: [$"{Id}/v1"]));

        Assert.Equal(("v2", "", "v1"), Told(Read().At(Day1.AddDays(30))));
    }

    [Fact]
    public void A_kill_that_found_it_alive_leaves_it_alive()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(1));
        Add("revoke", Day1.AddDays(20), "reconciled", new ChangeFacts(Facts("v2", "k2")), shown: "alive", debt: new DebtFacts("k1", Versions: [$"{Id}/v1"]));

        Assert.Equal(("v2", "v1", ""), Told(Read().At(Day1.AddDays(30))));
    }

    [Fact]
    public void A_death_names_its_versions_and_those_of_siblings_are_not_ours()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(1));
        Add("revoke", Day1.AddDays(20), "ok", new ChangeFacts(Facts("v2", "k2")), debt: new DebtFacts("k1", Versions: ["kv:kv1.vault.azure.net/another/v1"]));

        Assert.Equal(("v2", "v1", ""), Told(Read().At(Day1.AddDays(30))));
    }

    [Fact]
    public void An_emergency_marks_its_version_and_publishes_nothing()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(1));
        Add("emergency", Day1.AddDays(2), "ok", new ChangeFacts(Facts("v1", "k1")));
        var moment = Read().At(Day1.AddDays(3));

        Assert.Equal(("v2", "v1", ""), Told(moment));
        Assert.Equal("credential.emergency", moment.Superseded[0].Marked!.Record.Action);
        Assert.Null(moment.Current!.Marked);
    }

    [Fact]
    public void A_person_who_names_a_handle_does_not_make_an_old_version_current()
    {
        Governs("v1", null, Day1);
        Governs("v2", "k2", Day1.AddDays(1));
        Add("adopt", Day1.AddDays(2), "ok", new ChangeFacts(Facts("v1", null), Facts("v1", "k1")));
        var moment = Read().At(Day1.AddDays(3));

        Assert.Equal("v2", moment.Current!.Version);
        Assert.Equal("k1", moment.Superseded.Single().Handle);
    }

    [Fact]
    public void Of_one_pass_what_was_published_comes_before_what_it_let_die()
    {
        Governs("v1", "k1", Day1);
        var pass = Day1.AddDays(1);
        Add("rotate", pass, "ok", new ChangeFacts(Facts("v1", null), Facts("v2", "k2")));
        Add("revoke", pass, "ok", new ChangeFacts(Facts("v2", null)), debt: new DebtFacts("k1", Versions: [$"{Id}/v1"]), after: 5);
        // One fence, as in one hold of the row; and as names sort, the revocation stands first.
        for (var i = 2; i < records.Count; i++)
            records[i] = new TracedRecord(records[i].Record with { Fence = 7 }, $"{(i < 4 ? "b" : "a")}{records[i].Path}", "");
        var moment = Read().At(Day1.AddDays(2));

        Assert.Equal(("v2", "", "v1"), Told(moment));
        Assert.True(moment.Current!.PublishedByUs);
        Assert.Equal("credential.rotate", moment.Current.Known.Record.Action);
    }

    [Fact]
    public void Records_in_any_order_and_any_number_of_times_tell_the_same_and_those_of_others_tell_nothing()
    {
        Governs("v1", "k1", Day1);
        Rotates("v1", "v2", "k2", Day1.AddDays(10));
        Revokes("v1", "k1", "v2", Day1.AddDays(24));
        Rotates("v2", "v3", "k3", Day1.AddDays(40));
        var foreign = records.Select(traced => traced with { Path = "x" + traced.Path, Record = traced.Record with { Credential = new CredentialFacts("kv:kv1.vault.azure.net/other") } }).ToArray();
        var expected = Read();
        Gen.Shuffle(records.Concat(records).Concat(foreign).ToArray()).Sample(shuffled =>
        {
            var read = CredentialHistory.Of(Id, shuffled);
            Assert.Equal(expected.Versions, read.Versions);
            Assert.Equal(expected.Records, read.Records);
        }, iter: 200);
    }

    private CredentialHistory Read() => CredentialHistory.Of(Id, records);

    private static (string? Current, string Superseded, string Dead) Told(CredentialMoment moment) =>
        (moment.Current?.Version, string.Join(' ', moment.Superseded.Select(life => life.Version)), string.Join(' ', moment.Dead.Select(life => life.Version)));

    private static VersionFacts Facts(string version, string? handle) => new(version, State: "active", Handle: handle);

    private void Governs(string version, string? handle, DateTimeOffset at) => Add("govern", at, "ok", new ChangeFacts(Facts(version, handle), Facts(version, handle)));

    private void Rotates(string from, string to, string handle, DateTimeOffset at) => Add("rotate", at, "ok", new ChangeFacts(Facts(from, null), Facts(to, handle)));

    private void Revokes(string version, string handle, string current, DateTimeOffset at) =>
        Add("revoke", at, "ok", new ChangeFacts(Facts(current, null)), debt: new DebtFacts(handle, Versions: [$"{Id}/{version}"]));

    /// <summary>An attempt: its intent a second after its start and what others of its pass took before it, its outcome three seconds later.</summary>
    private void Add(string verb, DateTimeOffset start, string result, ChangeFacts change, string? shown = null, DebtFacts? debt = null, int after = 0)
    {
        var intent = Samples.Intent(records.Count, start) with
        {
            Action = "credential." + verb, Recorded = start.AddSeconds(after + 1), Credential = new CredentialFacts(Id), Change = verb == "adopt" ? null : new ChangeFacts(change.Before), Debt = debt,
        };
        var outcome = intent with
        {
            Stage = shown is null ? RecordStage.Outcome : RecordStage.Reconciled, Result = result, Shown = shown, Recorded = start.AddSeconds(after + 4), Change = change, Intent = new RecordReference("intent", new string('0', 64)),
        };
        records.Add(new TracedRecord(intent, $"records/{start:HHmmss}Z_{records.Count:D3}_{verb}_1-intent.json", ""));
        records.Add(new TracedRecord(outcome, $"records/{start:HHmmss}Z_{records.Count:D3}_{verb}_2-{result}.json", ""));
    }
}
