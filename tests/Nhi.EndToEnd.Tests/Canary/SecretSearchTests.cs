using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Canary;

/// <summary>The canary's searcher finds what it is there for: else that test could not fail.</summary>
public sealed class SecretSearchTests
{
    private const string Value = "Kanarienvogel+&<'7f3a/9b\"=";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, string> Leaks => new()
    {
        { "as it is", Value },
        { "cut at its end", Value[..22] },
        { "cut at its beginning", Value[^22..] },
        { "JSON", JsonSerializer.Serialize(new { reason = Value }) },
        { "relaxed JSON", JsonSerializer.Serialize(new { reason = Value }, Relaxed) },
        { "JSON in JSON", JsonSerializer.Serialize(new { body = JsonSerializer.Serialize(new { reason = Value }) }) },
        { "URL", $"https://x/?a={Uri.EscapeDataString(Value)}&b=1" },
        { "form", $"client_secret={WebUtility.UrlEncode(Value)}&x=y" },
        { "HTML", $"<Message>{WebUtility.HtmlEncode(Value)}</Message>" },
        { "SQL", $"alter role a password '{Value.Replace("'", "''", StringComparison.Ordinal)}'" },
        { "upper case", Value.ToUpperInvariant() },
        { "hex", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Value)) },
        { "HEX", Convert.ToHexString(Encoding.UTF8.GetBytes($"{{{Value}}}")) },
        { "base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)) },
        { "base64 of a text that begins a byte before", Convert.ToBase64String(Encoding.UTF8.GetBytes($"x{Value}")) },
        { "base64 of a text that begins two bytes before and goes on", Convert.ToBase64String(Encoding.UTF8.GetBytes($"xy{Value}yx")) },
        { "base64url", Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)).Replace('+', '-').Replace('/', '_').TrimEnd('=') },
        { "SHA-256 hex", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Value))) },
        { "SHA-256 HEX", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Value))) },
        { "SHA-256 base64", Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Value))) },
    };

    [Theory]
    [MemberData(nameof(Leaks))]
    public void A_leak_is_found_in_whatever_form(string form, string leak)
    {
        var search = new SecretSearch();
        search.Add("another one", "something-else-entirely");
        search.Add("the value", Value);

        var found = search.In($"info: 2101 {leak} and so on").ToList();

        Assert.True(found.Count > 0, $"{form} is not found");
        Assert.All(found, one => Assert.StartsWith("the value, ", one, StringComparison.Ordinal));
        Assert.DoesNotContain(found, one => one.Contains("Kanarien", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_text_without_it_is_clean_and_each_leak_of_a_text_is_told()
    {
        var search = new SecretSearch();
        search.Add("the value", Value);
        search.AddText("a verifier", "SCRAM-SHA-256$");

        Assert.Empty(search.In("Kanarienvogel, and 7f3a; sha256 of nothing"));
        Assert.Equal(3, search.In($"{Value[..20]} {Value[..20]} SCRAM-SHA-256$4096:x").Count());
    }

    [Fact]
    public void Bytes_are_found_in_base64_and_hex()
    {
        var search = new SecretSearch();
        byte[] key = [.. Enumerable.Range(1, 32).Select(i => (byte)(i * 7))];
        search.AddBytes("the key", key);

        Assert.NotEmpty(search.In($"key {Convert.ToBase64String([1, .. key, 2, 3])}"));
        Assert.NotEmpty(search.In($"key {Convert.ToHexStringLower(key)}"));
        Assert.Empty(search.In(Convert.ToBase64String([.. key.Reverse()])));
    }
}
