using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Governance.Credentials;

/// <summary>
/// A credential's value on its way between its provider and Key Vault. It cannot be printed, formatted or serialised;
/// <see cref="Reveal"/> is for the call that hands it to one of the two.
/// </summary>
[JsonConverter(typeof(NeverSerialised))]
public sealed class SecretMaterial(string value)
{
    private readonly string _value = value ?? throw new ArgumentNullException(nameof(value));

    /// <summary>The value itself. Only for the request to its provider or to Key Vault.</summary>
    public string Reveal() => _value;

    /// <summary>True when both hold the same value; takes the same time wherever they differ.</summary>
    public bool Matches(SecretMaterial? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_value), Encoding.UTF8.GetBytes(other._value));

    /// <summary>True when a text shows the value: as it is, or as JSON, an address, base64 or hexadecimal digits write it.</summary>
    public bool AppearsIn(string text)
    {
        if (_value.Length == 0)
            return false;
        var bytes = Encoding.UTF8.GetBytes(_value);
        var base64 = Convert.ToBase64String(bytes).TrimEnd('=');
        string[] forms =
        [
            _value, JsonEncodedText.Encode(_value).ToString(), JsonEncodedText.Encode(_value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), Uri.EscapeDataString(_value),
            WebUtility.UrlEncode(_value), WebUtility.HtmlEncode(_value), base64, base64.Replace('+', '-').Replace('/', '_'),
        ];
        return Array.Exists(forms, form => text.Contains(form, StringComparison.Ordinal)) || text.Contains(Convert.ToHexString(bytes), StringComparison.OrdinalIgnoreCase);
    }

    public override string ToString() => "[credential value]";

    private sealed class NeverSerialised : JsonConverter<SecretMaterial>
    {
        public override SecretMaterial Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A credential value is never read from JSON.");

        public override void Write(Utf8JsonWriter writer, SecretMaterial value, JsonSerializerOptions options) =>
            throw new NotSupportedException("A credential value is never written to JSON.");
    }
}
