using System.Text.Json;
using Nhi.Azure.Notices;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Azure.Tests.Notices;

public sealed class NoticeTemplateTests
{
    public static TheoryData<string> BuiltIn => [.. NoticeTemplate.BuiltIn];

    private static string[] Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(member => Strings(member.Value))],
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Strings)],
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };

    private static string[] Names(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(member => Names(member.Value).Prepend(member.Name))],
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Names)],
        _ => [],
    };

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Each_sample_makes_json_of_hostile_text_and_the_text_arrives_as_it_was(string name)
    {
        foreach (var items in new[] { 0, 1, 2, Digest.MostItems })
        {
            using var json = JsonDocument.Parse(NoticeTemplate.Load(name).Render(Digests.Of(items, more: 3)));
            Assert.DoesNotContain("injected", Names(json.RootElement));
            // A lone surrogate is no text: everything else of it is there.
            var sample = Digests.Hostile.TrimEnd('\ud800');
            if (items > 0)
                Assert.Contains(Strings(json.RootElement), text => text.Contains(sample, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("teams", 28_000)]
    [InlineData("slack", 60_000)]
    public void A_chats_card_stays_within_what_the_chat_takes_and_shows_the_worst_first(string name, int most)
    {
        var body = NoticeTemplate.Load(name).Render(Digests.Of(Digest.MostItems, new string('é', 5_000), 900));
        Assert.InRange(body.Length, 1, most);
        using var json = JsonDocument.Parse(body);
        var texts = Strings(json.RootElement);
        Assert.Contains(texts, text => text.Contains("942 more in the log", StringComparison.Ordinal));
        Assert.Contains("9 é", texts.First(text => text.Contains('é') && char.IsDigit(text.Replace("critical removal.tell ok: ", "", StringComparison.Ordinal)[0]) && !text.Contains("news about", StringComparison.Ordinal)), StringComparison.Ordinal);
        if (name == "slack")
            Assert.InRange(json.RootElement.GetProperty("blocks").GetArrayLength(), 1, 50);
    }

    [Fact]
    public void A_card_shows_what_is_told_of_removals_before_findings_as_severe()
    {
        var digest = Digests.Of(Digest.MostItems, "team-pay");
        var body = NoticeTemplate.Load("slack").Render(digest with { Items = [.. digest.Items.Select((item, i) => item with { Severity = "warning", Action = i == 49 ? "removal.tell" : "finding.raise", Notice = i == 49 ? new Notice(item.Path, item.At, null, null, null, null) : null })] });
        Assert.Contains("49 team-pay", System.Text.Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public void The_teams_sample_is_an_adaptive_card_and_links_to_each_record()
    {
        using var json = JsonDocument.Parse(NoticeTemplate.Load("teams").Render(Digests.Of(1, "team-pay")));
        var attachment = json.RootElement.GetProperty("attachments")[0];
        Assert.Equal("application/vnd.microsoft.card.adaptive", attachment.GetProperty("contentType").GetString());
        var card = attachment.GetProperty("content");
        Assert.Equal(("AdaptiveCard", "Attention"), (card.GetProperty("type").GetString(), card.GetProperty("body")[0].GetProperty("color").GetString()));
        Assert.Contains("records/0.json", Strings(card));
    }

    [Theory]
    [InlineData("teams")]
    [InlineData("slack")]
    [InlineData("ticket")]
    [InlineData("digest")]
    public void Each_sample_links_to_the_record(string name)
    {
        using var json = JsonDocument.Parse(NoticeTemplate.Load(name).Render(Digests.Of(1, "team-pay")));
        Assert.Contains(Strings(json.RootElement), text => text.Contains("https://nhievidence/records/0.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Slack_reads_markup_in_its_text_so_nobodys_tag_stands_there()
    {
        // A tag nhi-owner is anybody's text, and this one would call everybody of the channel.
        using var json = JsonDocument.Parse(NoticeTemplate.Load("slack").Render(Digests.Of(1, "<!channel>")));
        Assert.DoesNotContain("channel", json.RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.All(json.RootElement.GetProperty("blocks").EnumerateArray(), block => Assert.DoesNotContain("mrkdwn", block.GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_digest_says_the_same_in_the_plain_sample()
    {
        var digest = Digests.Of(2, "team-pay", more: 1);
        using var json = JsonDocument.Parse(NoticeTemplate.Load("digest").Render(digest));
        var root = json.RootElement;
        Assert.Equal((digest.Id, "team-pay", 3, 1), (root.GetProperty("id").GetString(), root.GetProperty("owner").GetString(), root.GetProperty("count").GetInt32(), root.GetProperty("more").GetInt32()));
        Assert.Equal("https://nhievidence/records/1.json", root.GetProperty("items")[1].GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("{{#each items}}{\"a\":\"{{at}}\"}{{/each}}", "makes no JSON")]
    [InlineData("{\"a\":\"{{{items}}}\"}}", "makes no JSON")]
    [InlineData("{\"a\":\"{{ownr}}\"}", "makes no JSON")]
    [InlineData("{\"a\":\"{{#each items}}\"}", "no Handlebars template")]
    public void A_template_of_ones_own_that_is_wrong_says_so(string text, string message)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => NoticeTemplate.Load(file).Render(Digests.Of(2))).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What another hand holds open alone can be read by nobody, and exists.</summary>
    [Fact]
    public void S41_a_template_that_is_there_and_cannot_be_read_says_so()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Assert.True(NoticeTemplate.Exists(file));
            Assert.Contains("cannot be read", Assert.Throws<InvalidOperationException>(() => NoticeTemplate.Load(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_template_that_is_not_there_says_so() =>
        Assert.Contains("is not there", Assert.Throws<InvalidOperationException>(() => NoticeTemplate.Load("/nowhere/x.hbs")).Message, StringComparison.Ordinal);
}
