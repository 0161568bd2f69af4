using System.Text.RegularExpressions;

namespace Nhi.Azure.Settings;

/// <summary>The name of an environment (<c>prod</c>, <c>test</c>): which rotator's identity works there. 1 to 32 letters, digits and dashes; compared without regard to case.</summary>
public static partial class EnvironmentName
{
    public static bool IsOne(string? text) => text is not null && Pattern().IsMatch(text);

    [GeneratedRegex(@"\A[0-9A-Za-z][0-9A-Za-z-]{0,31}\z")]
    private static partial Regex Pattern();
}
