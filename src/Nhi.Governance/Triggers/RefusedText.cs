using System.Globalization;

namespace Nhi.Governance.Triggers;

/// <summary>How a text that breaks its expected shape is shown and recorded: by its length only.</summary>
public static class RefusedText
{
    public static string Of(int characters) => string.Create(CultureInfo.InvariantCulture, $"[refused, {characters} characters]");
}
