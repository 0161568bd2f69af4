using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>A text that an instance of the product signed with the key that signs its records, for what it keeps where others may write: the text, a line feed, the signature and who signed, in base64.</summary>
public static class SignedText
{
    private static JsonTypeInfo<ProducerFacts> Producers { get; } = (JsonTypeInfo<ProducerFacts>)RecordJson.ByCut[0].GetTypeInfo(typeof(ProducerFacts));

    /// <summary>Signs it.</summary>
    /// <param name="identity">Who signs.</param>
    /// <param name="purpose">What it is for and of what, in one line: a text for another purpose is none for this one.</param>
    /// <param name="text">Any text.</param>
    public static string Sign(ProducerIdentity identity, string purpose, string text)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return $"{text}\n{Convert.ToBase64String(identity.Sign(Signed(purpose, text)))} {Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(identity.Facts, Producers))}";
    }

    /// <summary>The text, where a producer signed it whom a trusted key certified; else null.</summary>
    public static string? Read(RecordAuthenticity authenticity, string purpose, string stored)
    {
        ArgumentNullException.ThrowIfNull(authenticity);
        ArgumentNullException.ThrowIfNull(stored);
        var end = stored.LastIndexOf('\n');
        if (end < 0 || stored[(end + 1)..].Split(' ') is not [var signature, var producer] || Decoded(signature) is not { } signed || Decoded(producer) is not { } json)
            return null;
        try
        {
            return RecordGlance.Producer(json) is { } facts && authenticity.Vouches(facts, Signed(purpose, stored[..end]), signed) ? stored[..end] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Signed(string purpose, string text) => Encoding.UTF8.GetBytes($"nhi-text/1\n{purpose}\n{text}");

    private static byte[]? Decoded(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
