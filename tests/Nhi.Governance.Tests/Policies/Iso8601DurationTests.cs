using CsCheck;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Tests.Policies;

public sealed class Iso8601DurationTests
{
    [Theory]
    [InlineData("P14D", 14 * 86_400)]
    [InlineData("PT1H", 3_600)]
    [InlineData("P1DT12H", 36 * 3_600)]
    [InlineData("P2W", 14 * 86_400)]
    [InlineData("PT0S", 0)]
    [InlineData("P0D", 0)]
    [InlineData("PT90M", 5_400)]
    [InlineData("P1DT1H1M1S", 90_061)]
    [InlineData("P3660D", 3660 * 86_400)]
    public void TryParse_reads_what_has_a_fixed_length(string text, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Iso8601Duration.TryParse(text));

    [Theory]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1DT")]
    [InlineData("")]
    [InlineData("14D")]
    [InlineData("p14d")]
    [InlineData("P14D ")]
    [InlineData(" P14D")]
    [InlineData("P14D\n")]
    [InlineData("-P14D")]
    [InlineData("P-14D")]
    [InlineData("P1.5D")]
    [InlineData("PT1,5H")]
    [InlineData("P1Y")]
    [InlineData("P1M")]
    [InlineData("P1W1D")]
    [InlineData("PT1H1D")]
    [InlineData("PT1M1H")]
    [InlineData("P3660DT1S")]
    [InlineData("P999999999W")]
    [InlineData("P9999999999D")]
    [InlineData("P１4D")]
    [InlineData(null)]
    public void TryParse_refuses_everything_else(string? text)
    {
        Assert.False(Iso8601Duration.TryParse(text, out _, out var remedy));
        Assert.NotEmpty(remedy);
    }

    [Fact]
    public void What_is_printed_reads_back_as_the_same() =>
        Gen.Long[0, (long)Iso8601Duration.Longest.TotalSeconds].Sample(seconds => Iso8601Duration.TryParse(Iso8601Duration.Format(TimeSpan.FromSeconds(seconds))) == TimeSpan.FromSeconds(seconds));

    [Fact]
    public void No_text_makes_it_throw() =>
        Gen.String["PTWDHMSY0129-. "].Sample(text =>
        {
            if (Iso8601Duration.TryParse(text) is { } value)
                Assert.InRange(value, TimeSpan.Zero, Iso8601Duration.Longest);
        });
}
