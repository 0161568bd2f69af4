using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Nhi.Evidence.Records;

/// <summary>
/// Walks over a record that stands as <see cref="RecordSerializer"/> writes it, and checks everything that reading it checks: members and their order, which has no room for one twice, what each may hold, and its size.
/// It makes nothing of them; it notes where the few lie that somebody asks for. It answers no for anything unusual, a backslash even: that is not wrong, but has to be read.
/// </summary>
internal ref struct RecordWalk
{
    /// <summary>What is noted, by the places of <see cref="Fact"/>.</summary>
    internal static readonly string[] Facts =
    [
        "log", "path", "op", "stage", "action", "result", "time", "recorded", "deadline", "late", "intent.path", "intent.sha256", "credential.id", "credential.name", "change.before.version", "change.after.version", "producer",
    ];

    // What no text may hold as it is, or what stands for something else; a line feed parts members, so texts look for that themselves.
    private static readonly SearchValues<byte> Unusual = SearchValues.Create([.. Enumerable.Range(0, ' ').Where(c => c != '\n').Select(c => (byte)c), (byte)'\\']);
    private static readonly byte[][] Indents = [.. Enumerable.Range(0, RecordLimits.Depth + 1).Select(depth => Encoding.UTF8.GetBytes("\n" + new string(' ', depth * 2)))];
    private readonly ReadOnlySpan<byte> text;
    private readonly Span<Range> found;
    private int at;

    private RecordWalk(ReadOnlySpan<byte> text, Span<Range> found)
    {
        this.text = text;
        this.found = found;
    }

    internal enum Fact
    {
        Log,
        Path,
        Op,
        Stage,
        Action,
        Result,
        Time,
        Recorded,
        Deadline,
        Late,
        IntentPath,
        IntentSha256,
        CredentialId,
        CredentialName,
        VersionBefore,
        VersionAfter,
        Producer,
    }

    /// <summary>True when the text is nothing but members of a record, as they are written, each on its line and parted by commas.</summary>
    /// <param name="text">What stands between the schema's comma and the signature's.</param>
    /// <param name="found">As long as <see cref="Facts"/>, all empty: where their values lie; a text without its quotes.</param>
    internal static bool TryWalk(ReadOnlySpan<byte> text, Span<Range> found)
    {
        if (!Utf8.IsValid(text) || text.ContainsAny(Unusual))
            return false;
        var walk = new RecordWalk(text, found);
        return walk.Members(RecordShape.Record.Members, 1) && walk.at == text.Length;
    }

    private bool Members(RecordShape.Member[] members, int depth)
    {
        var next = 0;
        do
        {
            for (var rest = text[at..]; next < members.Length && !rest.StartsWith(members[next].Lead); next++)
            {
                if (members[next].IsRequired)
                    return false;
            }

            if (next == members.Length || !Value(members[next++], depth))
                return false;
        }
        while (Take((byte)','));
        for (; next < members.Length; next++)
        {
            if (members[next].IsRequired)
                return false;
        }

        return true;
    }

    private bool Value(RecordShape.Member member, int depth)
    {
        at += member.Lead.Length;
        var from = at;
        var there = member.Kind switch
        {
            RecordShape.Kind.Text => Text(member.Most),
            RecordShape.Kind.Integer => Integer(member.Most),
            RecordShape.Kind.True => Take("true"u8),
            RecordShape.Kind.Instant => Text(RecordLimits.Text) && RecordInstant.TryParse(text[(from + 1)..(at - 1)], out _),
            RecordShape.Kind.Stage => Text(RecordLimits.Text) && StageConverter.Of(text[(from + 1)..(at - 1)]) is not null,
            RecordShape.Kind.Texts => Texts(member.Most, depth + 1),
            RecordShape.Kind.Object => Object(member.Shape!, depth + 1),
            RecordShape.Kind.Objects => Objects(member.Shape!, member.Most, depth + 1),
            _ => false,
        };
        if (there && member.Fact >= 0)
            found[member.Fact] = text[from] == '"' ? (from + 1)..(at - 1) : from..at;
        return there;
    }

    /// <summary>A text of at most so many UTF-16 characters.</summary>
    private bool Text(long most)
    {
        if (!Take((byte)'"'))
            return false;
        var rest = text[at..];
        var length = rest.IndexOfAny((byte)'"', (byte)'\n');
        if (length < 0 || rest[length] != '"' || (length > most && Encoding.UTF8.GetCharCount(rest[..length]) > most))
            return false;
        at += length + 1;
        return true;
    }

    private bool Integer(long most)
    {
        var (from, number) = (at, 0L);
        for (; at < text.Length && char.IsAsciiDigit((char)text[at]) && number <= most; at++)
            number = (number * 10) + text[at] - '0';
        return at > from && number <= most && (text[from] != '0' || at == from + 1);
    }

    private bool Texts(long most, int depth)
    {
        if (!Take((byte)'['))
            return false;
        var count = 0;
        do
        {
            if (++count > RecordLimits.Entries || !Take(Indents[depth]) || !Text(most))
                return false;
        }
        while (Take((byte)','));
        return Take(Indents[depth - 1]) && Take((byte)']');
    }

    private bool Object(RecordShape shape, int depth) => Take((byte)'{') && Members(shape.Members, depth) && Take(Indents[depth - 1]) && Take((byte)'}');

    private bool Objects(RecordShape shape, long most, int depth)
    {
        if (!Take((byte)'['))
            return false;
        var count = 0;
        do
        {
            if (++count > most || !Take(Indents[depth]) || !Object(shape, depth + 1))
                return false;
        }
        while (Take((byte)','));
        return Take(Indents[depth - 1]) && Take((byte)']');
    }

    private bool Take(byte one)
    {
        if (at >= text.Length || text[at] != one)
            return false;
        at++;
        return true;
    }

    private bool Take(ReadOnlySpan<byte> all)
    {
        if (!text[at..].StartsWith(all))
            return false;
        at += all.Length;
        return true;
    }
}
