using System.Globalization;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>How facts spell things: instants in UTC, whole seconds.</summary>
internal static class SignalText
{
    public static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Of(CredentialVersion version) => version.Version.Length == 0 ? $"the version made {At(version.Created)}" : $"version {version.Version}, made {At(version.Created)}";

    /// <summary>The instant so much later, saturated at the end of time.</summary>
    public static DateTimeOffset After(DateTimeOffset start, TimeSpan span) => start > DateTimeOffset.MaxValue - span ? DateTimeOffset.MaxValue : start + span;
}
