using System.Text.RegularExpressions;

namespace Nhi.Governance.Policies.Yaml;

/// <summary>What a plain scalar is by the core schema of YAML 1.2 (section 10.3.2): <c>yes</c>, <c>22:00</c> and dates are texts.</summary>
internal enum ScalarKind
{
    Text,
    Nothing,
    Flag,
    Integer,
    Fraction,
}

internal static partial class ScalarKinds
{
    public static ScalarKind Of(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Nothing,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Flag,
        _ when IntegerPattern().IsMatch(plain) => ScalarKind.Integer,
        _ when FractionPattern().IsMatch(plain) => ScalarKind.Fraction,
        _ => ScalarKind.Text,
    };

    [GeneratedRegex(@"\A(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\z")]
    private static partial Regex IntegerPattern();

    [GeneratedRegex(@"\A(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z")]
    private static partial Regex FractionPattern();
}
