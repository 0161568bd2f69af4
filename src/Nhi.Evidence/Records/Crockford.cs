using System.Security.Cryptography;
using System.Text;

namespace Nhi.Evidence.Records;

/// <summary>Lower-case Crockford base32.</summary>
internal static class Crockford
{
    internal const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>The first 26 characters (130 bits) of SHA-256 over the UTF-8 text.</summary>
    internal static string OfSha256(string text) => string.Create(26, SHA256.HashData(Encoding.UTF8.GetBytes(text)), static (into, bytes) =>
    {
        for (var i = 0; i < into.Length; i++)
        {
            var value = 0;
            for (var bit = i * 5; bit < (i * 5) + 5; bit++)
                value = (value << 1) | ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
            into[i] = Alphabet[value];
        }
    });
}
