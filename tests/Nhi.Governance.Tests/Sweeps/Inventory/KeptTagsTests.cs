using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

/// <summary>What sweeps keep of tags: people paste values into the wrong places, and a table is no place for them.</summary>
public sealed class KeptTagsTests
{
    private const string Shaped = "q7Vd8Q~pX2mZ4kR9tB1nW6yC3uE5aG0hJ8fL.sDv";
    private const string Plain = "Nachtigall-im-Feld-5c1e";
    private static readonly HashSet<string> _none = [];

    private static IReadOnlyDictionary<string, string> Of(IReadOnlySet<string> selected, bool known, params (string Name, string Text)[] tags) =>
        KeptTags.Of(tags.ToDictionary(tag => tag.Name, tag => tag.Text), known, known ? "nhi-resource" : null, selected);

    [Fact]
    public void What_a_sweep_reads_is_kept()
    {
        (string, string)[] tags =
        [
            ("nhi-kind", "generated"), ("nhi-resource", "entra:00000000-0000-0000-0000-000000000001"), ("nhi-owner", "payroll@example.com"), ("nhi-policy", "relaxed"), ("nhi-environment", "prod"),
            ("nhi-workload", "00000000-0000-0000-0000-000000000002"), ("nhi-break-glass", "true"), ("nhi", """{"r":"00000000000000000000000001","op":"00000000000000000000000002","handle":"key1:abc","prev":"0123456789abcdef0123456789abcdef"}"""),
        ];
        Assert.Equal(tags.Select(tag => tag.Item1).Order(), Of(_none, true, tags).Keys.Order());
    }

    [Fact]
    public void A_tag_that_only_people_read_is_not_kept_unless_the_policy_selects_by_it()
    {
        Assert.Empty(Of(_none, true, ("password", Plain), ("team", "payroll")));
        Assert.Equal(["team"], Of(new HashSet<string> { "team" }, true, ("password", Plain), ("team", "payroll")).Keys);
    }

    [Theory]
    [InlineData("nhi-owner", Shaped)]
    [InlineData("nhi-environment", Shaped)]
    [InlineData("nhi-policy", Shaped)]
    [InlineData("nhi-workload", Shaped)]
    [InlineData("team", Shaped)]
    [InlineData("nhi-kind", Shaped)]
    [InlineData("nhi-resource", Shaped)]
    [InlineData("ProviderAddress", Plain)]
    [InlineData("nhi", Plain)]
    [InlineData("nhi", $$"""{"r":"{{Plain}}","handle":"key1:abc"}""")]
    [InlineData("nhi", $$"""{"op":"{{Plain}}"}""")]
    [InlineData("nhi", $$"""{"prev":"{{Plain}}"}""")]
    [InlineData("nhi", $$"""{"handle":"{{Shaped}}"}""")]
    [InlineData("nhi-mark", Plain)]
    [InlineData("nhi-removal", $$"""{"s":"Quarantined","at":1,"q":1,"nb":1,"op":"{{Plain}}"}""")]
    public void A_value_in_the_wrong_place_is_not_kept(string name, string text) => Assert.Empty(Of(new HashSet<string> { "team" }, true, (name, text)));

    [Fact]
    public void A_kind_that_is_unknown_and_a_resource_that_does_not_read_are_not_kept() =>
        Assert.Empty(Of(_none, false, ("nhi-kind", Plain), ("nhi-resource", $"postgres://app:{Plain}@db/x"), ("ProviderAddress", Plain)));

    [Fact]
    public void Our_own_tags_are_written_anew_so_that_nothing_rides_along()
    {
        var kept = Of(_none, true, ("nhi", $$"""{"op":"00000000000000000000000002","note":"{{Plain}}"}"""), ("nhi-removal", $$"""{"s":"Quarantined","at":1,"q":1,"nb":1,"op":"00000000000000000000000002","note":"{{Plain}}"}"""));
        Assert.Equal(2, kept.Count);
        Assert.All(kept.Values, text => Assert.DoesNotContain(Plain, text, StringComparison.Ordinal));
    }
}
