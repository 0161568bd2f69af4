namespace Nhi.Governance.Policies.Rules;

/// <summary>A pattern over a whole text: <c>*</c> is any run of characters (none, too), <c>?</c> is exactly one; everything else stands for itself. There is no escape: no selected thing holds either character.</summary>
internal sealed record Glob(string Pattern, bool IgnoreCase)
{
    /// <summary>True when it names one thing only.</summary>
    public bool Literal => Pattern.AsSpan().IndexOfAny('*', '?') < 0;

    /// <summary>True when it matches any text whatever.</summary>
    public bool Any => Pattern.Length > 0 && Pattern.All(character => character == '*');

    /// <summary>In time |text| × |pattern| at worst, without recursion.</summary>
    public bool Matches(string text)
    {
        var (t, p, star, resume) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < Pattern.Length && Pattern[p] == '*')
                (star, resume, p) = (p, t, p + 1);
            else if (p < Pattern.Length && (Pattern[p] == '?' || Same(Pattern[p], text[t])))
                (t, p) = (t + 1, p + 1);
            else if (star >= 0)
                (p, resume, t) = (star + 1, resume + 1, resume + 1);
            else
                return false;
        }

        return Pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }

    /// <summary>True only when everything that <paramref name="other"/> matches is matched here, too; false when that is not plain to see.</summary>
    public bool Covers(Glob other) => Any || (other.Literal && Matches(other.Pattern)) || string.Equals(Pattern, other.Pattern, IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private bool Same(char a, char b) => a == b || (IgnoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b));

    public override string ToString() => Pattern;
}
