using System.Text;

namespace Nhi.Infra.Tests.Walk;

/// <summary>
/// The commands of a shell script, those inside <c>$(…)</c> too, each as its words with quotes taken off. What a variable or an inner command gives is not known: it stands as it is written, or as <c>$()</c>.
/// </summary>
internal sealed class ShellCommands
{
    private readonly List<IReadOnlyList<string>> _found = [];
    private readonly string _text;
    private int _at;

    private ShellCommands(string text) => _text = text;

    public static IReadOnlyList<IReadOnlyList<string>> Of(string script)
    {
        var reading = new ShellCommands(script);
        while (reading._at < script.Length)
        {
            reading.Read(nested: false);
            reading._at++;
        }

        return reading._found;
    }

    /// <summary>Those of a program, wherever it stands: after <c>if</c>, <c>xargs</c>, a variable. The names that <c>for</c> and <c>command -v</c> go through are no commands.</summary>
    public static IEnumerable<IReadOnlyList<string>> Of(string script, string program) =>
        Of(script).Select(words => words.ToList()).Where(words => words.Contains(program) && words[0] is not ("for" or "command")).Select(words => (IReadOnlyList<string>)words[(words.IndexOf(program) + 1)..]);

    /// <summary>Up to the end of the text, or to the bracket that closes a substitution.</summary>
    private void Read(bool nested)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (; _at < _text.Length; _at++)
            switch (_text[_at])
            {
                case '\\' when _at + 1 < _text.Length && _text[_at + 1] == '\n':
                    _at++;
                    break;
                case '#' when word is null:
                    _at = Until('\n', _at) - 1;
                    break;
                case '\'':
                    (word ??= new()).Append(_text[(_at + 1)..(_at = Until('\'', _at + 1))]);
                    break;
                case '"':
                    Quoted(word ??= new());
                    break;
                case '$' when Substitutes():
                    Substitution(word ??= new());
                    break;
                case ' ' or '\t':
                    EndWord();
                    break;
                case '\n' or ';' or '|' or '&' or '(' or ')':
                    var closes = nested && _text[_at] == ')';
                    EndCommand();
                    if (closes)
                        return;
                    break;
                default:
                    (word ??= new()).Append(_text[_at]);
                    break;
            }

        EndCommand();

        void EndWord()
        {
            if (word is not null)
                words.Add(word.ToString());
            word = null;
        }

        void EndCommand()
        {
            EndWord();
            if (words.Count > 0)
                _found.Add(words);
            words = [];
        }
    }

    private void Quoted(StringBuilder word)
    {
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
            if (Substitutes())
                Substitution(word);
            else if (_text[_at] == '\\' && _at + 1 < _text.Length)
                word.Append(_text[++_at]);
            else
                word.Append(_text[_at]);
    }

    private bool Substitutes() => _text[_at] == '$' && _at + 1 < _text.Length && _text[_at + 1] == '(' && !(_at + 2 < _text.Length && _text[_at + 2] == '(');

    private void Substitution(StringBuilder word)
    {
        _at += 2;
        Read(nested: true);
        word.Append("$()");
    }

    private int Until(char end, int from) => _text.IndexOf(end, from) is var at and >= 0 ? at : _text.Length;
}
