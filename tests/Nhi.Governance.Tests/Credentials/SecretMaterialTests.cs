using System.Net;
using System.Text;
using System.Text.Json;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Tests.Credentials;

public sealed class SecretMaterialTests
{
    private const string Value = "p+w/ö<&'\"x=";

    public static TheoryData<string> Shown => new()
    {
        Value, JsonSerializer.Serialize(new { value = Value }), Uri.EscapeDataString(Value), WebUtility.UrlEncode(Value), WebUtility.HtmlEncode(Value), Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)),
        Convert.ToHexString(Encoding.UTF8.GetBytes(Value)), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Value)),
    };

    [Theory]
    [MemberData(nameof(Shown))]
    public void A_text_that_shows_the_value_in_any_form_is_known(string text)
    {
        Assert.True(new SecretMaterial(Value).AppearsIn($"refused: {text}, sorry"));
        Assert.False(new SecretMaterial("another value").AppearsIn(text));
        Assert.False(new SecretMaterial("").AppearsIn(text));
    }
}
