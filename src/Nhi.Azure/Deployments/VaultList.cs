using System.Text.RegularExpressions;

namespace Nhi.Azure.Deployments;

/// <summary>The list <c>vaults</c> of a parameter file, as it stands there: <c>param vaults = […]</c> of a .bicepparam, or <c>var vaults governedVault[] = […]</c> of infra/estate.bicep. Everything else of the file stays as it is.</summary>
public sealed partial class VaultList
{
    private readonly string _text;
    private readonly int _close;

    private VaultList(string text, int close, int line, IReadOnlyList<(string Id, string? Environment)> entries) => (_text, _close, Line, Entries) = (text, close, line, entries);

    /// <summary>Where it begins, from 1.</summary>
    public int Line { get; }

    /// <summary>Ids as they stand there, and environments.</summary>
    public IReadOnlyList<(string Id, string? Environment)> Entries { get; }

    /// <summary>Finds it. Throws <see cref="ExpectationException"/> with line and remedy.</summary>
    /// <param name="text">The file's.</param>
    /// <param name="file">Its name, for errors.</param>
    public static VaultList Find(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        var code = new BicepCode(text);
        if (DeclarationPattern().Matches(text).FirstOrDefault(match => code.IsCode(match.Groups["word"].Index)) is not { } found)
            throw new ExpectationException($"{file} has no line 'param vaults =' or 'var vaults governedVault[] ='. Name the file that has the list with --parameters: infra/estate.bicep, unless you keep it elsewhere.");
        var open = found.Index + found.Length;
        var line = code.LineOf(found.Groups["word"].Index);
        if (open >= text.Length || text[open] != '[')
            throw new ExpectationException($"{file}, line {line}: vaults is not written as a list there. Name the file that has the list with --parameters: infra/estate.bicep, unless you keep it elsewhere.");
        var close = code.CloseOf(open);
        if (close < 0 || text[close] != ']')
            throw new ExpectationException($"{file}, line {line}: the list of vaults does not end. Mend the file first: bicep build-params says where.");
        return new VaultList(text, close, line, Read(text, code, open, close, file));
    }

    /// <summary>The file with one vault more, at the end of the list.</summary>
    public string With(VaultEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var begin = _text.LastIndexOf('\n', _close) + 1;
        var indent = _text[begin.._close];
        // What people wrote before the bracket, comments too, stays before it: the entry goes onto lines of its own.
        var added = indent.All(c => c is ' ' or '\t')
            ? (At: begin, Text: entry.Text(indent + "  ") + "\n")
            : (At: _close, Text: "\n" + entry.Text("  ") + "\n");
        return _text.Insert(added.At, _text.Contains("\r\n", StringComparison.Ordinal) ? added.Text.Replace("\n", "\r\n", StringComparison.Ordinal) : added.Text);
    }

    private static List<(string, string?)> Read(string text, BicepCode code, int open, int close, string file)
    {
        List<(string, string?)> entries = [];
        for (var i = open + 1; i < close; i++)
        {
            if (!code.IsCode(i) || char.IsWhiteSpace(text[i]) || text[i] == ',')
                continue;
            var end = text[i] == '{' ? code.CloseOf(i) : -1;
            if (end < 0 || Value(text, code, i, end, "id") is not { } id)
                throw new ExpectationException($"{file}, line {code.LineOf(i)}: what stands there in the list of vaults is no {{ id: '…', environment: '…' }} (but a loop, a variable or a condition), so nobody can say which vaults there are. Add the vault by hand.");
            entries.Add((id, Value(text, code, i, end, "environment")));
            i = end;
        }

        return entries;
    }

    private static string? Value(string text, BicepCode code, int open, int close, string name) =>
        MemberPattern().Matches(text[open..close]).FirstOrDefault(match => match.Groups["name"].Value == name && code.IsCode(open + match.Groups["name"].Index))?.Groups["value"].Value;

    [GeneratedRegex(@"(?<=^|\n)[ \t]*(?<word>param|var)[ \t]+vaults\b[^=\n]*=[ \t]*")]
    private static partial Regex DeclarationPattern();

    [GeneratedRegex(@"\b(?<name>id|environment)[ \t]*:[ \t]*'(?<value>[^'\r\n]*)'")]
    private static partial Regex MemberPattern();
}
