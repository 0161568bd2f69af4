using System.Security.Cryptography;
using System.Text;

namespace Nhi.Evidence.Records;

/// <summary>Lower-case Crockford base32 of hashes: what names rotations, attempts, records and table keys.</summary>
public static class CrockfordBase32
{
    internal const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>The first 26 characters (130 bits) of SHA-256 over the UTF-8 text.</summary>
    public static string OfSha256(string text) => Encode(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 26);

    /// <summary>The first <paramref name="characters"/> characters, five bits each, most significant bit first.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes, int characters)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(characters * 5, bytes.Length * 8);
        var text = new char[characters];
        for (var i = 0; i < characters; i++)
        {
            var value = 0;
            for (var bit = i * 5; bit < (i * 5) + 5; bit++)
                value = (value << 1) | ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
            text[i] = Alphabet[value];
        }

        return new string(text);
    }
}
