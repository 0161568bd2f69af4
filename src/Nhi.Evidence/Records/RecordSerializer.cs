using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Nhi.Evidence.Records;

/// <summary>
/// A record's bytes: UTF-8 without BOM, LF, two spaces of indent, a final LF, at most <see cref="RecordLimits.Bytes"/> bytes; <c>schema</c> first, <c>sig</c> last.
/// The signature covers the bytes before <c>,\n  "sig"</c>. What is hashed and signed is always the stored bytes.
/// </summary>
public static class RecordSerializer
{
    /// <summary>The content type of a record's blob.</summary>
    public const string ContentType = "application/json";

    /// <summary>Bytes of a signature: r‖s.</summary>
    public const int SignatureBytes = 64;

    private const int SignatureText = 88;
    private static ReadOnlySpan<byte> Head => "{\n  \"schema\": \"nhi-evidence/1\","u8;
    private static ReadOnlySpan<byte> BeforeSignature => ",\n  \"sig\": \""u8;
    private static ReadOnlySpan<byte> AfterSignature => "\"\n}\n"u8;
    private static ReadOnlySpan<byte> End => "\n}\n"u8;

    /// <summary>
    /// The record's bytes up to its signature. Long strings and lists are cut, harder and harder, until it fits.
    /// Throws <see cref="RecordFormatException"/> for a record that breaks a rule: those are bugs.
    /// </summary>
    public static byte[] Prefix(EvidenceRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        RecordRules.Check(record);
        foreach (var options in RecordJson.ByCut)
        {
            var body = Serialize(record, options);
            // What stands in for `{`, and what ends the object before the signature.
            var length = Head.Length + body.Length - 1 - End.Length;
            if (length + BeforeSignature.Length + SignatureText + AfterSignature.Length > RecordLimits.Bytes)
                continue;
            var prefix = new byte[length];
            Head.CopyTo(prefix);
            body.AsSpan(1, body.Length - 1 - End.Length).CopyTo(prefix.AsSpan(Head.Length));
            return prefix;
        }

        throw new RecordFormatException($"A record of action '{record.Action}' does not fit into {RecordLimits.Bytes} bytes however much is cut: ids or slots are too many or too long.");
    }

    /// <summary>The whole record: prefix and signature (r‖s, 64 bytes).</summary>
    public static byte[] Seal(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureBytes)
            throw new ArgumentException($"An ES256 signature has {SignatureBytes} bytes, this one {signature.Length}.", nameof(signature));
        var bytes = new byte[prefix.Length + BeforeSignature.Length + SignatureText + AfterSignature.Length];
        prefix.CopyTo(bytes);
        var rest = bytes.AsSpan(prefix.Length);
        BeforeSignature.CopyTo(rest);
        Base64.EncodeToUtf8(signature, rest[BeforeSignature.Length..], out _, out _);
        AfterSignature.CopyTo(rest[(BeforeSignature.Length + SignatureText)..]);
        return bytes;
    }

    /// <summary>Parts a record's bytes into what is signed and the signature; false when they do not end in a signature as they must.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> prefix, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = new byte[SignatureBytes];
        if (TrySplit(bytes, signature, out prefix))
            return true;
        signature = null;
        return false;
    }

    /// <summary>The same, with the signature where it is wanted.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> bytes, scoped Span<byte> signature, out ReadOnlySpan<byte> prefix)
    {
        prefix = default;
        var length = bytes.Length - BeforeSignature.Length - SignatureText - AfterSignature.Length;
        if (length < Head.Length || !bytes.EndsWith(AfterSignature) || !bytes[length..].StartsWith(BeforeSignature))
            return false;
        Span<byte> decoded = stackalloc byte[SignatureText];
        var text = bytes.Slice(length + BeforeSignature.Length, SignatureText);
        if (Base64.DecodeFromUtf8(text, decoded, out _, out var written) != OperationStatus.Done || written != SignatureBytes)
            return false;
        decoded[..SignatureBytes].CopyTo(signature);
        prefix = bytes[..length];
        return true;
    }

    /// <summary>Walks over a record that stands as it is written, and checks what <see cref="Read"/> checks but for <see cref="RecordRules"/>; false for any other, which is not wrong for that.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="members">What stands between the schema and the signature.</param>
    /// <param name="found">Where in it the values of <see cref="RecordWalk.Facts"/> lie.</param>
    internal static bool TryWalk(ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> members, scoped Span<Range> found)
    {
        members = default;
        Span<byte> signature = stackalloc byte[SignatureBytes];
        if (bytes.Length > RecordLimits.Bytes || !bytes.Span.StartsWith(Head) || !TrySplit(bytes.Span, signature, out var prefix))
            return false;
        members = bytes[Head.Length..prefix.Length];
        return RecordWalk.TryWalk(members.Span, found);
    }

    /// <summary>Reads a record as stored. Throws <see cref="RecordFormatException"/> that says what is wrong and where. Whether it is authentic is another question.</summary>
    public static EvidenceRecord Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > RecordLimits.Bytes)
            throw new RecordFormatException($"$: {bytes.Length} bytes, at most {RecordLimits.Bytes}.");
        if (!bytes.StartsWith(Head))
            throw new RecordFormatException("$.schema: the file does not begin with the schema nhi-evidence/1 as its first member.");
        if (!TrySplit(bytes, out var prefix, out _))
            throw new RecordFormatException("$.sig: the file does not end with an ES256 signature as its last member and a line feed.");
        var length = prefix.Length - Head.Length + 1 + End.Length;
        var borrowed = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var body = borrowed.AsSpan(0, length);
            body[0] = (byte)'{';
            prefix[Head.Length..].CopyTo(body[1..]);
            End.CopyTo(body[^End.Length..]);
            return Parse(body);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(borrowed);
        }
    }

    /// <summary>As <see cref="Read"/>, with the reason instead of an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out EvidenceRecord? record, [NotNullWhen(false)] out string? why)
    {
        (record, why) = (null, null);
        try
        {
            record = Read(bytes);
            return true;
        }
        catch (RecordFormatException e)
        {
            why = e.Message;
            return false;
        }
    }

    /// <summary>Reads the members alone, between the braces that the caller has put around them.</summary>
    internal static EvidenceRecord Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            Scan(body);
            var record = (EvidenceRecord)JsonSerializer.Deserialize(body, RecordJson.ByCut[0].GetTypeInfo(typeof(EvidenceRecord)))!;
            // A list that is not there comes back as null, not as its initial value.
            record = record with { Controls = record.Controls ?? [], Slots = record.Slots ?? [], Withheld = record.Withheld ?? [] };
            RecordRules.Check(record);
            return record;
        }
        catch (JsonException e)
        {
            throw new RecordFormatException($"{e.Path ?? "$"}: {e.Message}", e);
        }
    }

    /// <summary>What the types do not refuse by themselves: null, fractions, numbers that not every JSON tool can hold.</summary>
    private static void Scan(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RecordLimits.Depth });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null)
                throw new RecordFormatException($"$: null at byte {reader.TokenStartIndex}; a member without a value is left out.");
            if (reader.TokenType == JsonTokenType.Number && (!reader.TryGetInt64(out var number) || Math.Abs((decimal)number) > RecordLimits.Integer || reader.ValueSpan.IndexOfAny("+.eE"u8) >= 0))
                throw new RecordFormatException($"$: a number at byte {reader.TokenStartIndex} that is no integer below 2^53.");
        }
    }

    private static byte[] Serialize(EvidenceRecord record, JsonSerializerOptions options)
    {
        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(record, options.GetTypeInfo(typeof(EvidenceRecord)));
            return [.. body, (byte)'\n'];
        }
        catch (JsonException e)
        {
            throw new RecordFormatException($"{e.Path ?? "$"}: {e.Message}", e);
        }
    }
}
