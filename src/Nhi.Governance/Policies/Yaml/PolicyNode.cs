namespace Nhi.Governance.Policies.Yaml;

/// <summary>A node of the policy's text with its place; lines and columns count from 1.</summary>
internal abstract record PolicyNode(int Line, int Column)
{
    /// <summary>What it is, for a fault: <c>a list</c>, <c>a number</c>.</summary>
    public abstract string Shape { get; }
}

/// <summary>A scalar. Only a plain one (no quotes) can be anything but a string.</summary>
internal sealed record TextNode(string Text, bool Plain, int Line, int Column) : PolicyNode(Line, Column)
{
    public ScalarKind Kind { get; } = Plain ? ScalarKinds.Of(Text) : ScalarKind.Text;

    public override string Shape => Kind switch
    {
        ScalarKind.Nothing => "nothing",
        ScalarKind.Flag => "true or false",
        ScalarKind.Integer or ScalarKind.Fraction => "a number",
        _ => "a text",
    };
}

internal sealed record ListNode(IReadOnlyList<PolicyNode> Items, int Line, int Column) : PolicyNode(Line, Column)
{
    public override string Shape => "a list";
}

/// <summary>Keys in the order of the text; a duplicate is a fault and does not get here.</summary>
internal sealed record MapNode(IReadOnlyList<MapEntry> Entries, int Line, int Column) : PolicyNode(Line, Column)
{
    public override string Shape => "a map";
}

internal sealed record MapEntry(TextNode Key, PolicyNode Value);
