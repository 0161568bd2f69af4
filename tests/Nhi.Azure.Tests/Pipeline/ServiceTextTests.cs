using Nhi.Azure.Pipeline;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tests.Pipeline;

public sealed class ServiceTextTests
{
    [Fact]
    public void What_a_service_says_is_one_line_of_bounded_length()
    {
        Assert.Equal("The name  is taken", ServiceText.OneLine("The name\r\nis taken", 100));
        Assert.Equal("The na…", ServiceText.OneLine("The name is taken", 6));
    }

    [Theory]
    [InlineData("{\"value\":\"chosen\\u002Bby hand\"}")]
    [InlineData("near 'chosen+by hand'")]
    [InlineData("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJodHRwczovL3gifQ.c2lnbmF0dXJl was refused")]
    [InlineData("near 'SCRAM-SHA-256$4096:c2FsdA==$a:b'")]
    public void Where_it_quotes_what_was_sent_nothing_of_it_is_told(string text)
    {
        Assert.Equal(ServiceText.Withheld, ServiceText.OneLine(text, 100, new SecretMaterial("chosen+by hand")));
        Assert.Equal(ServiceText.Withheld, ServiceText.OneLine($"{new string('.', 200)} {text}", 100, new SecretMaterial("chosen+by hand")));
    }
}
