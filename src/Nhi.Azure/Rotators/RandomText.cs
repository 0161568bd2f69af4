using System.Security.Cryptography;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rotators;

/// <summary>Random values over named alphabets: every character is drawn evenly.</summary>
internal static class RandomText
{
    public const string Base64Url = "base64url";

    /// <summary>Letters and digits that no reader mistakes for each other.</summary>
    public const string Unambiguous = "unambiguous";

    private static readonly Dictionary<string, string> _alphabets = new(StringComparer.Ordinal)
    {
        ["alphanumeric"] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        [Base64Url] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        ["hex"] = "0123456789abcdef",
        ["symbols"] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%*+-.:=?@^_~",
        [Unambiguous] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789",
    };

    /// <summary>In their order.</summary>
    public static IEnumerable<string> Names => _alphabets.Keys.Order(StringComparer.Ordinal);

    /// <summary>Throws <see cref="KeyNotFoundException"/> for an alphabet that there is not.</summary>
    public static SecretMaterial Of(string alphabet, int length) => new(RandomNumberGenerator.GetString(_alphabets[alphabet], length));
}
