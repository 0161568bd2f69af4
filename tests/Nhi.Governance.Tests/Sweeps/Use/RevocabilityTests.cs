using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

/// <summary>Three versions, made on the first, tenth and twentieth of January; it is the thirtieth.</summary>
public sealed class RevocabilityTests
{
    private static readonly TimeSpan _quiet = TimeSpan.FromDays(3);

    private static DateTimeOffset Day(double day) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day - 1);

    private static UseFact Read(string version, string by, double from, double? to = null) => new(_credential.Id, version, by, null, Day(from), Day(to ?? from), 1, "x");

    private static readonly Credential _credential = Credential.Of(
        CredentialId.Of("kv1.vault.azure.net", "app"),
        new VersionList([.. new[] { ("v1", 1), ("v2", 10), ("v3", 20) }.Select(one => new CredentialVersion { Version = one.Item1, Enabled = true, Created = Day(one.Item2), Updated = Day(one.Item2), Tags = new Dictionary<string, string>() })], Day(30)))!;

    /// <summary>Of the second version.</summary>
    private static Revocability Of(UseWindow? known, params UseFact[] users) => Revocability.Of(_credential.Versions[1], _credential, users, known, _quiet, Day(30));

    private static readonly UseWindow _whole = new(Day(1), Day(29.99));

    [Fact]
    public void Nobody_read_it_or_every_reader_went_on()
    {
        Assert.Equal(new Revocability(true, "nobody read it since it was made"), Of(_whole));
        Assert.True(Of(_whole, Read("v2", "a", 12), Read("v3", "a", 21)).Safe);
        Assert.True(Of(_whole, Read("v2", "a", 12), Read(UseFact.Latest, "a", 12, 21)).Safe);
        Assert.True(Of(_whole, Read("v1", "old", 2)).Safe);
        Assert.True(Of(_whole, Read(UseFact.Latest, "old", 2, 9)).Safe);
    }

    [Fact]
    public void A_log_that_is_not_known_since_it_was_made_up_to_nearly_now_says_nothing()
    {
        Assert.False(Of(null).Safe);
        Assert.False(Of(_whole with { From = Day(10.1) }).Safe);
        Assert.False(Of(_whole with { To = Day(29.8) }).Safe);
        Assert.True(Of(_whole with { From = Day(10) }).Safe);
    }

    [Fact]
    public void A_quiet_period_must_be_over_since_it_was_superseded()
    {
        var soon = Day(22);
        Assert.False(Revocability.Of(_credential.Versions[1], _credential, [], new UseWindow(Day(1), soon), _quiet, soon).Safe);
        Assert.True(Revocability.Of(_credential.Versions[1], _credential, [], new UseWindow(Day(1), Day(23)), _quiet, Day(23)).Safe);
    }

    [Fact]
    public void A_reader_who_did_not_go_on_still_holds_it_however_long_ago()
    {
        Assert.Contains("a read it last at 2026-01-12", Of(_whole, Read("v2", "a", 12)).Why, StringComparison.Ordinal);
        Assert.False(Of(_whole, Read("v2", "a", 12), Read("v3", "b", 21)).Safe);
        Assert.False(Of(_whole, Read("v2", "a", 12, 22), Read("v3", "a", 21)).Safe);
        Assert.False(Of(_whole, Read("v2", "a", 12), Read("v1", "a", 13)).Safe);
        Assert.False(Of(_whole, Read(UseFact.Latest, "a", 12)).Safe);
        Assert.False(Of(_whole, Read("v2", UseFact.Unnamed, 12), Read("v3", UseFact.Unnamed, 21)).Safe);
    }

    [Fact]
    public void A_read_in_the_quiet_period_is_too_recent_although_its_reader_went_on() =>
        Assert.Contains("a read it at 2026-01-28", Of(_whole, Read("v2", "a", 12, 28), Read("v3", "a", 29)).Why, StringComparison.Ordinal);

    [Fact]
    public void The_current_version_is_not_asked_about() =>
        Assert.Throws<ArgumentException>(() => Revocability.Of(_credential.Current, _credential, [], _whole, _quiet, Day(30)));
}
