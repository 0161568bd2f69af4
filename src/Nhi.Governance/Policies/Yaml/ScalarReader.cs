using System.Globalization;

namespace Nhi.Governance.Policies.Yaml;

/// <summary>Reads single values out of nodes; whatever is not as it has to be is a fault, and null.</summary>
internal sealed class ScalarReader(FaultList faults)
{
    private const int LongestText = 256;

    /// <summary>A text of 1 to 256 characters without control characters; line ends where <paramref name="manyLines"/>.</summary>
    public string? Text(PolicyNode? node, string key, int longest = LongestText, bool manyLines = false)
    {
        if (node is null)
            return null;
        if (node is not TextNode { Kind: ScalarKind.Text } scalar)
            return Wrong<string>(node, key, "a text", node is TextNode { Kind: not ScalarKind.Nothing } number ? $"Put it in quotes: \"{number.Text}\"." : "Write a text, in quotes if need be.");
        var control = scalar.Text.Any(character => char.IsControl(character) && !(manyLines && character == '\n'));
        if (scalar.Text.Length == 0 || scalar.Text.Length > longest || control)
            return Fault<string>(node, $"{key} has {scalar.Text.Length} characters{(control ? ", control characters among them" : "")}.", $"Write 1 to {longest} characters{(manyLines ? "" : " on one line")}.");
        return scalar.Text;
    }

    public bool? Flag(PolicyNode? node, string key)
    {
        if (node is null)
            return null;
        if (node is TextNode { Kind: ScalarKind.Flag } scalar)
            return scalar.Text is "true" or "True" or "TRUE";
        Wrong<string>(node, key, "true or false", "Write true or false, without quotes.");
        return null;
    }

    public int? Integer(PolicyNode? node, string key, int least, int most)
    {
        if (node is null)
            return null;
        if (node is not TextNode { Kind: ScalarKind.Integer } scalar)
            Wrong<string>(node, key, "a whole number", $"Write a whole number from {least} to {most}, without quotes.");
        else if (int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        else
            faults.Add(node, $"{key} is {Quoting.Quote(scalar.Text)}.", $"Write a whole number from {least} to {most}.");
        return null;
    }

    /// <summary>An ISO 8601 duration, <paramref name="least"/> at least.</summary>
    public TimeSpan? Duration(PolicyNode? node, string key, TimeSpan least)
    {
        if (Text(node, key) is not { } text)
            return null;
        if (!Iso8601Duration.TryParse(text, out var value, out var remedy))
            faults.Add(node!, $"{key} is {Quoting.Quote(text)}, which is no duration.", remedy);
        else if (value < least)
            faults.Add(node!, $"{key} is {Quoting.Quote(text)}.", $"Write at least {Iso8601Duration.Format(least)}.");
        else
            return value;
        return null;
    }

    /// <summary>One of a closed list of words.</summary>
    public T? Choice<T>(PolicyNode? node, string key, IReadOnlyDictionary<string, T> choices) where T : struct
    {
        if (Text(node, key) is not { } text)
            return null;
        if (choices.TryGetValue(text, out var choice))
            return choice;
        var meant = Nearest.Of(text, choices.Keys);
        faults.Add(node!, $"{key} is {Quoting.Quote(text)}.", $"Write {string.Join(" or ", choices.Keys)}{(meant is null ? "." : $"; did you mean '{meant}'?")}");
        return null;
    }

    /// <summary>A single thing, or a list of 1 to <paramref name="most"/> of them.</summary>
    public IReadOnlyList<PolicyNode> OneOrMore(PolicyNode? node, string key, int most)
    {
        if (node is null)
            return [];
        if (node is not ListNode list)
            return [node];
        if (list.Items.Count == 0 || list.Items.Count > most)
            faults.Add(node, $"{key} is a list of {list.Items.Count}.", $"List 1 to {most}{(list.Items.Count == 0 ? ", or leave the key out" : "")}.");
        return [.. list.Items.Take(most)];
    }

    /// <summary>A list of at most <paramref name="most"/>, an empty one, too. Null when the key is not there or no list.</summary>
    public IReadOnlyList<PolicyNode>? List(PolicyNode? node, string key, int most)
    {
        if (node is null)
            return null;
        if (node is not ListNode list)
            return Wrong<IReadOnlyList<PolicyNode>>(node, key, "a list", "Write a list: one '- ' for each.");
        if (list.Items.Count > most)
            faults.Add(node, $"{key} is a list of {list.Items.Count}.", $"List at most {most}.");
        return [.. list.Items.Take(most)];
    }

    /// <summary>A map. Null when the key is not there or no map.</summary>
    public MapNode? Map(PolicyNode? node, string key)
    {
        if (node is null or MapNode)
            return node as MapNode;
        return Wrong<MapNode>(node, key, "a map", "Write 'key: value' lines under it.");
    }

    private T? Wrong<T>(PolicyNode node, string key, string wanted, string remedy) where T : class => Fault<T>(node, $"{key} has to be {wanted}, and this is {node.Shape}.", remedy);

    private T? Fault<T>(PolicyNode node, string what, string remedy) where T : class
    {
        faults.Add(node, what, remedy);
        return null;
    }
}
