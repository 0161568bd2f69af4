namespace Nhi.Azure.Deployments;

/// <summary>Which characters of a Bicep file are code: not of a comment and not of a text.</summary>
internal sealed class BicepCode
{
    private readonly string _text;
    private readonly bool[] _isCode;

    public BicepCode(string text)
    {
        (_text, _isCode) = (text, new bool[text.Length]);
        for (var i = 0; i < text.Length;)
            i = Next(i);
    }

    public bool IsCode(int at) => _isCode[at];

    /// <summary>From 1.</summary>
    public int LineOf(int at) => _text.AsSpan(0, at).Count('\n') + 1;

    /// <summary>Where the bracket that opens at <paramref name="open"/> is closed; -1 when it is not.</summary>
    public int CloseOf(int open)
    {
        var depth = 0;
        for (var i = open; i < _text.Length; i++)
        {
            if (!_isCode[i])
                continue;
            depth += _text[i] switch { '[' or '{' or '(' => 1, ']' or '}' or ')' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }

        return -1;
    }

    private int Next(int i)
    {
        if (Has(i, "//"))
            return IndexOr(_text.IndexOf('\n', i));
        if (Has(i, "/*"))
            return End("*/", i + 2);
        if (Has(i, "'''"))
            return End("'''", i + 3);
        if (_text[i] == '\'')
            return EndOfText(i + 1);
        _isCode[i] = true;
        return i + 1;
    }

    /// <summary>A text ends at its quote or, since it has one line, with it.</summary>
    private int EndOfText(int i)
    {
        while (i < _text.Length && _text[i] is not ('\'' or '\n'))
            i += _text[i] == '\\' ? 2 : 1;
        return Math.Min(i + 1, _text.Length);
    }

    private int End(string mark, int from) => _text.IndexOf(mark, Math.Min(from, _text.Length), StringComparison.Ordinal) is var at and >= 0 ? at + mark.Length : _text.Length;

    private int IndexOr(int at) => at < 0 ? _text.Length : at;

    private bool Has(int i, string mark) => string.CompareOrdinal(_text, i, mark, 0, mark.Length) == 0;
}
