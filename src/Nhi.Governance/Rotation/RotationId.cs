using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Rotation;

/// <summary>Names that are derived, so that every trigger, attempt and instance arrives at the same ones.</summary>
public static class RotationId
{
    /// <summary>What a provider-side display name begins with.</summary>
    public const string DisplayPrefix = "nhi-";

    /// <summary><c>R</c>: the replacement of this version, once and for all.</summary>
    public static string Of(CredentialId credential, string supersededVersion) =>
        CrockfordBase32.OfSha256($"rotation\n{credential}\n{supersededVersion}");

    /// <summary>The provider-side display name of what is minted under <c>R</c>.</summary>
    public static string DisplayName(string rotation) => DisplayPrefix + rotation;

    /// <summary>
    /// <c>op</c>: one attempt. <paramref name="subject"/> is <c>R</c> or what else the attempt is about; <paramref name="start"/> whole seconds, UTC.
    /// </summary>
    public static string Op(string subject, string verb, DateTimeOffset start, long fence) =>
        CrockfordBase32.OfSha256(string.Create(CultureInfo.InvariantCulture, $"{subject}\n{verb}\n{start.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z\n{fence}"));

    /// <summary>A number in [0, 1) that is always the same for the same text: jitter that every instance agrees on.</summary>
    public static double Spread(string text)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));
        return BitConverter.ToUInt32(hash, 0) / (uint.MaxValue + 1.0);
    }
}
