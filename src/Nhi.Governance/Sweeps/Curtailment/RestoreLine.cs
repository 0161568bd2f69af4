using System.Globalization;
using System.Text;
using Nhi.Evidence.Records;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>
/// The command that makes a role assignment again, exactly: the product has no right to do it itself, for what may write role assignments may give itself any. One line for bash or zsh, whatever its texts hold.
/// </summary>
public static class RestoreLine
{
    private const string Plain = "/-_.:=+,";

    public static string Of(AssignmentFacts assignment)
    {
        ArgumentNullException.ThrowIfNull(assignment);
        List<(string Option, string? Value)> options =
        [
            ("--name", assignment.Id[(assignment.Id.LastIndexOf('/') + 1)..]),
            ("--assignee-object-id", assignment.Principal), ("--assignee-principal-type", assignment.Type),
            ("--role", assignment.Role), ("--scope", assignment.Scope),
            ("--condition", assignment.Condition), ("--condition-version", assignment.ConditionVersion), ("--description", assignment.Description),
        ];
        return "az role assignment create " + string.Join(' ', options.Where(option => !string.IsNullOrEmpty(option.Value)).Select(option => $"{option.Option} {Quoted(option.Value!)}"));
    }

    private static string Quoted(string text)
    {
        // The Azure CLI reads a file where a value begins with @; a blank before it changes no condition.
        if (text[0] == '@')
            text = " " + text;
        return text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal)) ? text
            : text.All(c => c is >= ' ' and <= '~') ? $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'"
            : Escaped(text);
    }

    /// <summary>As <c>$'…'</c>: a line break or a sign that turns the writing round could show another command than the one that is run.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder("$'");
        foreach (var rune in text.EnumerateRunes())
            escaped.Append(rune.Value switch
            {
                '\'' => "\\'",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                >= ' ' and <= '~' => rune.ToString(),
                _ when Rune.IsLetterOrDigit(rune) => rune.ToString(),
                <= 0xFFFF => "\\u" + rune.Value.ToString("x4", CultureInfo.InvariantCulture),
                _ => "\\U" + rune.Value.ToString("x8", CultureInfo.InvariantCulture),
            });
        return escaped.Append('\'').ToString();
    }
}
