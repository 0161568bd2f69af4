using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nhi.Azure.Notices;

/// <summary>The signature of Standard Webhooks: HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c>, so that a receiver knows who sent it, that nobody changed it, and when.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    /// <summary>The key of a secret's text: <c>whsec_</c> (or nothing) and base64 of 24 to 64 bytes; null where it is none.</summary>
    public static byte[]? KeyOf(string text)
    {
        var encoded = text.Trim();
        encoded = encoded.StartsWith(Prefix, StringComparison.Ordinal) ? encoded[Prefix.Length..] : encoded;
        var key = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, key, out var length) && length is >= 24 and <= 64 ? key[..length] : null;
    }

    /// <summary>The header <c>webhook-signature</c>. <paramref name="timestamp"/>: Unix seconds.</summary>
    public static string Of(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
