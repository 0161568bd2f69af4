using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Infra.Tests;

/// <summary>Queries of alerts and workbook against what the code logs: an alert on words that nobody writes never fires.</summary>
public sealed partial class AlertTests
{
    /// <summary>Event id and message of every log statement of the product.</summary>
    private static readonly ILookup<int, string> _messages = Directory.EnumerateFiles(Repository.File("src"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .SelectMany(file => LoggerMessagePattern().Matches(File.ReadAllText(file)))
        .ToLookup(match => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture), match => Regex.Unescape(match.Groups["text"].Value));

    private static readonly string[] _functions = [.. typeof(NhiFunctions.OnSecretEvent).Assembly.GetTypes().SelectMany(type => type.GetMethods())
        .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name).OfType<string>()];

    public static TheoryData<string> Queries => [.. Directory.EnumerateFiles(Repository.File("infra"), "*.kql", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Queries))]
    public void A_query_names_the_events_that_it_asks_for_as_the_code_writes_them(string file)
    {
        var declared = EventPattern().Matches(Text(file));
        Assert.All(declared, one => Assert.Contains(one.Groups["text"].Value, _messages[int.Parse(one.Groups["id"].Value, CultureInfo.InvariantCulture)]));
        Assert.Equal(Text(file).Contains("traces", StringComparison.Ordinal), declared.Count > 0);
    }

    [Theory, MemberData(nameof(Queries))]
    public void Words_that_a_query_looks_for_in_messages_are_words_of_those_events(string file)
    {
        // What is between the placeholders of the declared messages.
        var said = EventPattern().Matches(Text(file)).SelectMany(one => PlaceholderPattern().Split(one.Groups["text"].Value)).ToList();
        var wanted = MessagePattern().Matches(Text(file)).SelectMany(one => TextPattern().Matches(one.Value)).Select(one => one.Groups[1].Value).ToList();
        Assert.All(wanted, words => Assert.Contains(said, part => part.Contains(words, StringComparison.Ordinal)));
        Assert.All(EventPattern().Matches(Text(file)), one => Assert.Contains(wanted, words => one.Groups["text"].Value.Contains(words, StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Queries))]
    public void Functions_that_a_query_names_are_functions_of_the_app(string file)
    {
        var named = NamePattern().Matches(Text(file)).SelectMany(one => TextPattern().Matches(one.Value)).Select(one => one.Groups[1].Value).ToList();
        Assert.All(named, name => Assert.Contains(name, _functions));
        Assert.Equal(Text(file).Contains("requests", StringComparison.Ordinal), named.Count > 0);
    }

    /// <summary>The five things that a person opens the workbook for, each out of what the code says of it.</summary>
    [Theory, InlineData("due", 2403), InlineData("failing", 2002), InlineData("owed", 2302), InlineData("orphaned", 2404), InlineData("evidence", 4101), InlineData("evidence", 4204), InlineData("checkpoints", 4203)]
    public void The_workbook_shows_what_is_due_failing_owed_orphaned_and_how_evidence_is(string query, int said)
    {
        var text = Text($"infra/workbook/{query}.kql");
        Assert.Contains(EventPattern().Matches(text), one => int.Parse(one.Groups["id"].Value, CultureInfo.InvariantCulture) == said);
        Assert.Contains($"loadTextContent('../workbook/{query}.kql')", Text("infra/modules/workbook.bicep"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Queries))]
    public void Signals_that_a_query_names_are_signals_of_the_sweeps(string file)
    {
        var named = SignalPattern().Matches(Text(file)).SelectMany(one => TextPattern().Matches(one.Value)).Select(one => one.Groups[1].Value).ToList();
        Assert.All(named, name => Assert.Contains(name, SignalNames.All));
        Assert.Equal(file.EndsWith("/orphaned.kql", StringComparison.Ordinal), named.Count > 0);
    }

    /// <summary>Columns that a query parses out of a message are asked for by the same words, in the order of the message.</summary>
    [Theory, MemberData(nameof(Queries))]
    public void What_a_query_parses_is_a_message_from_its_first_word_on(string file)
    {
        var messages = EventPattern().Matches(Text(file)).Select(one => PlaceholderPattern().Replace(one.Groups["text"].Value, "*")).ToList();
        Assert.All(ParsePattern().Matches(Text(file)), parse =>
        {
            // Words in quotes are the message's; whatever stands between them is a column.
            var shape = string.Concat(parse.Groups["what"].Value.Split('"').Select((part, i) => i % 2 == 1 ? part : part.Trim().Length > 0 ? "*" : ""));
            Assert.Contains(messages, message => message.StartsWith(shape.TrimEnd('*'), StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_query_is_used()
    {
        var used = Directory.EnumerateFiles(Repository.File("infra", "modules"), "*.bicep").Select(File.ReadAllText).ToList();
        Assert.All(Queries, query => Assert.Contains(used, module => module.Contains(((string)query)["infra/".Length..], StringComparison.Ordinal)));
    }

    private static string Text(string file) => Repository.Text(file.Split('/'));

    [GeneratedRegex("""LoggerMessage\((?<id>\d+), LogLevel\.\w+, "(?<text>(?:[^"\\]|\\.)*)"\)""")]
    private static partial Regex LoggerMessagePattern();

    [GeneratedRegex(@"^// event (?<id>\d+): (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex EventPattern();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex PlaceholderPattern();

    /// <summary>Conditions on the message, and what parse expects of it.</summary>
    [GeneratedRegex("""message (?:has|startswith|endswith|contains) "[^"]*"|parse message with [^\n]*""")]
    private static partial Regex MessagePattern();

    [GeneratedRegex("""name (?:==|in) (?:"[^"]*"|\([^)]*\))""")]
    private static partial Regex NamePattern();

    [GeneratedRegex("""Signal (?:==|in) (?:"[^"]*"|\([^)]*\))""")]
    private static partial Regex SignalPattern();

    [GeneratedRegex(@"parse message with (?<what>[^\n;|]*)")]
    private static partial Regex ParsePattern();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex TextPattern();
}
