using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>
/// The Shared Key signature of Azure Storage, for the one request that tries a key: <c>GET /?comp=list&amp;maxresults=1</c> of the blob endpoint
/// (learn.microsoft.com, "Authorize with Shared Key").
/// </summary>
internal static class SharedKey
{
    public const string PathAndQuery = "/?comp=list&maxresults=1";
    public const string Version = "2021-12-02";

    /// <summary>Of the header <c>x-ms-date</c>: real time, UTC, RFC 1123.</summary>
    public static string Date(DateTimeOffset now) => now.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The header <c>Authorization</c>; false for a text that cannot be an account key (64 bytes in base64).</summary>
    public static bool TryAuthorize(string account, string key, string date, [NotNullWhen(true)] out string? authorization)
    {
        authorization = null;
        Span<byte> bytes = stackalloc byte[66];
        if (key.Length > 88 || !Convert.TryFromBase64String(key, bytes, out var length) || length != 64)
            return false;
        // The verb, eleven headers that this request does not have, the x-ms-headers, the resource with its query in order.
        var text = $"GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{Version}\n/{account}/\ncomp:list\nmaxresults:1";
        authorization = $"SharedKey {account}:{Convert.ToBase64String(HMACSHA256.HashData(bytes[..length], Encoding.UTF8.GetBytes(text)))}";
        CryptographicOperations.ZeroMemory(bytes);
        return true;
    }
}
