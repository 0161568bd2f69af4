using System.Text.RegularExpressions;

namespace Nhi.Infra.Tests.Walk;

/// <summary>What a page tells its reader to type: the fenced blocks without a language, by the section that they stand in.</summary>
internal sealed partial class MarkdownPage(string text)
{
    public static MarkdownPage Of(params string[] path) => new(Repository.Text(path));

    public IReadOnlyList<Fence> Fences { get; } = [.. FencePattern().Matches(text).Select(match => new Fence(SectionAt(text, match.Index), match.Groups["text"].Value))];

    /// <summary>The text of a section, up to the next heading of its level.</summary>
    public string Section(string heading)
    {
        var begin = text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"The page has no section '{heading}'.");
        var end = text.IndexOf("\n## ", begin + 1, StringComparison.Ordinal);
        return end < 0 ? text[begin..] : text[begin..end];
    }

    private static string SectionAt(string text, int index) => HeadingPattern().Matches(text[..index]) is [.., var last] ? last.Groups[1].Value : "";

    [GeneratedRegex(@"^```\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FencePattern();

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();
}

/// <summary>One block. A transcript begins with <c>$ </c> and shows what the command says; anything else is typed as it stands.</summary>
internal sealed record Fence(string Section, string Text)
{
    public bool IsTranscript => Text.StartsWith("$ ", StringComparison.Ordinal);

    /// <summary>The command of a transcript.</summary>
    public string Command => Text[2..Text.IndexOf('\n', StringComparison.Ordinal)];

    /// <summary>What the reader is shown below it.</summary>
    public IReadOnlyList<string> Shown => Text.TrimEnd('\n').Split('\n')[1..];
}
