using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Nhi.Governance.Policies.Yaml;

/// <summary>
/// Reads one YAML document into nodes with their places. Anchors, aliases, tags and second documents are refused, size and depth are bounded:
/// the text may come from a blob, and a policy needs none of them.
/// </summary>
internal sealed class YamlTree
{
    public const int MostBytes = 256 * 1024;
    private const int Deepest = 12;
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly Parser _parser;
    private readonly FaultList _faults;

    private YamlTree(string text, FaultList faults) => (_parser, _faults) = (new Parser(new StringReader(text)), faults);

    /// <summary>Null, with a fault, when the text cannot be read as one YAML document. Never throws for any bytes.</summary>
    public static PolicyNode? Read(ReadOnlyMemory<byte> bytes, FaultList faults)
    {
        if (bytes.Length > MostBytes)
            return Refuse(faults, 1, 1, $"The policy has {bytes.Length} bytes.", $"Keep it to {MostBytes} bytes: select by globs instead of listing names.");
        var text = "";
        try
        {
            text = _strictUtf8.GetString(bytes.Span);
            return new YamlTree(text.StartsWith('\uFEFF') ? text[1..] : text, faults).Document();
        }
        catch (DecoderFallbackException)
        {
            return Refuse(faults, 1, 1, "The policy is not UTF-8.", "Save it as UTF-8.");
        }
        catch (RefusedTextException refusal)
        {
            return Refuse(faults, refusal.Line, refusal.Column, refusal.Message, refusal.Remedy);
        }
        catch (YamlException fault)
        {
            // Where reading stopped says more than where the surrounding map began; of tabs it says neither.
            var (line, column, remedy) = Tab(fault, text) ?? ((int)fault.End.Line, (int)fault.End.Column, "Check the indentation, and put texts that begin with *, ?, &, !, @, %, [ or { in quotes.");
            return Refuse(faults, line, column, $"This is not YAML: {Sentence(fault)}", remedy);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // The scanner trips over some broken texts in its own ways; the text is at fault all the same.
            return Refuse(faults, 1, 1, "This is not YAML that can be read.", "Check the text with an editor that knows policy.schema.json.");
        }
    }

    private static PolicyNode? Refuse(FaultList faults, int line, int column, string what, string remedy)
    {
        faults.Add(Math.Max(1, line), Math.Max(1, column), what, remedy);
        return null;
    }

    // The useful message is the innermost one; it may repeat some of the text.
    private static string Sentence(YamlException fault) => Quoting.Plain((fault.InnerException ?? fault).Message.TrimEnd('.'), 160) + ".";

    private static (int Line, int Column, string Remedy)? Tab(YamlException fault, string text)
    {
        if (!fault.Message.Contains("tab as indentation", StringComparison.Ordinal))
            return null;
        var lines = text.Split('\n');
        var line = Array.FindIndex(lines, line => line.TrimStart(' ').StartsWith('\t'));
        return line < 0 ? null : (line + 1, lines[line].IndexOf('\t', StringComparison.Ordinal) + 1, "Indent with spaces.");
    }

    private PolicyNode? Document()
    {
        Next<StreamStart>();
        if (!_parser.MoveNext() || _parser.Current is not DocumentStart)
            return Refuse(_faults, 1, 1, "The policy is empty.", "Begin with 'version: 1' and 'rules:', as policy.sample.yaml does.");
        _parser.MoveNext();
        var root = Node(1);
        Next<DocumentEnd>();
        if (_parser.MoveNext() && _parser.Current is DocumentStart second)
            return Refuse(_faults, (int)second.Start.Line, (int)second.Start.Column, "There is a second document behind '---'.", "Keep one document in a file.");
        return root;
    }

    private void Next<T>() where T : ParsingEvent
    {
        if (!_parser.MoveNext() || _parser.Current is not T)
            throw new RefusedTextException(_parser.Current, "The text ends in the middle of something.", "Close what is open.");
    }

    // On entry Current is the node's first event, on return its last.
    private PolicyNode Node(int depth)
    {
        if (depth > Deepest)
            throw new RefusedTextException(_parser.Current, $"It is nested more than {Deepest} deep.", "A policy needs five levels: see policy.sample.yaml.");
        if (_parser.Current is NodeEvent node)
            RefuseDecoration(node);
        return _parser.Current switch
        {
            Scalar scalar => new TextNode(scalar.Value, scalar.Style == ScalarStyle.Plain, Line(scalar), Column(scalar)),
            SequenceStart start => List(start, depth),
            MappingStart start => Map(start, depth),
            AnchorAlias alias => Alias(alias),
            var other => throw new RefusedTextException(other, "Something is missing here.", "Write a value."),
        };
    }

    private TextNode Alias(AnchorAlias alias)
    {
        _faults.Add(Line(alias), Column(alias), $"{Quoting.Quote("*" + alias.Value.Value)} is an alias.", "Aliases are refused. A glob that begins with * stands in quotes: '*'.");
        return new TextNode("*", Plain: false, Line(alias), Column(alias));
    }

    private void RefuseDecoration(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
            _faults.Add(Line(node), Column(node), "There is an anchor (&).", "Anchors are refused: write the value where it is used, or put it into defaults.");
        if (!node.Tag.IsEmpty)
            _faults.Add(Line(node), Column(node), "There is a YAML tag (!).", "Tags are refused: leave it out.");
    }

    private ListNode List(SequenceStart start, int depth)
    {
        var items = new List<PolicyNode>();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
            items.Add(Node(depth + 1));
        return new ListNode(items, Line(start), Column(start));
    }

    private MapNode Map(MappingStart start, int depth)
    {
        var entries = new List<MapEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var key = Node(depth + 1);
            if (!_parser.MoveNext())
                break;
            var value = Node(depth + 1);
            if (key is not TextNode name)
                _faults.Add(key, $"A key is {key.Shape}.", "A key is a plain word.");
            else if (!seen.Add(name.Text))
                _faults.Add(name, $"The key {Quoting.Quote(name.Text)} stands here twice.", "Keep one of the two.");
            else
                entries.Add(new MapEntry(name, value));
        }

        return new MapNode(entries, Line(start), Column(start));
    }

    private static int Line(ParsingEvent at) => (int)at.Start.Line;

    private static int Column(ParsingEvent at) => (int)at.Start.Column;

    /// <summary>Leaves the reading of a text that is refused at once.</summary>
    private sealed class RefusedTextException(ParsingEvent? at, string what, string remedy) : Exception(what)
    {
        public int Line { get; } = at is null ? 1 : (int)at.Start.Line;
        public int Column { get; } = at is null ? 1 : (int)at.Start.Column;
        public string Remedy { get; } = remedy;
    }
}
