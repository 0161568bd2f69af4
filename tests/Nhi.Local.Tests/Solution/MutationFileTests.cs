using System.Text.Json.Nodes;

namespace Nhi.Local.Tests.Solution;

/// <summary>tests/mutations/mutations.json: what a mutation takes out has to be there, or nobody knows any more whether a test would notice.</summary>
public sealed class MutationFileTests
{
    [Fact]
    public void The_text_that_a_mutation_changes_stands_once_in_its_file_and_becomes_another()
    {
        var mutations = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "mutations", "mutations.json")))!.AsArray();
        Assert.True(mutations.Count >= 283, $"{mutations.Count} mutations");
        Assert.Equal([], mutations.SelectMany(mutation => mutation!["edits"]!.AsArray().Where(edit => !IsFresh(edit!)).Select(edit => $"{mutation["story"]}: {edit!["file"]}: {edit["text"]}")));
    }

    private static bool IsFresh(JsonNode edit)
    {
        var (source, text) = (File.ReadAllText(Path.Combine(Repository.Root, (string)edit["file"]!)), (string)edit["text"]!);
        var first = source.IndexOf(text, StringComparison.Ordinal);
        return first >= 0 && source.LastIndexOf(text, StringComparison.Ordinal) == first && text != (string)edit["replacement"]!;
    }
}
