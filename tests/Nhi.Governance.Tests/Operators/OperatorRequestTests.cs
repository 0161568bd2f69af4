using Nhi.Evidence.Records;
using Nhi.Governance.Operators;

namespace Nhi.Governance.Tests.Operators;

public sealed class OperatorRequestTests
{
    private static readonly PrincipalFacts _ada = new("user", "6f1f2d1c-8a44-4a7b-9c0e-0d9d3f2b1a55", "ada@contoso.com", "72f988bf-86f1-41af-91ab-2d7cd011db47");
    private static readonly DateTimeOffset _now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Evidence_names_whose_token_asked_and_beside_it_for_whom_it_said_so()
    {
        var own = OperatorRequest.Of("nhi pause", "ada@contoso.com") with { Caller = _ada };
        Assert.Equal(_ada, own.Principal);
        var other = OperatorRequest.Of("nhi pause", "bob") with { Caller = _ada };
        Assert.Equal(_ada with { OnBehalfOf = new PrincipalFacts("user", "bob", "bob") }, other.Principal);
        Assert.Equal(new PrincipalFacts("user", "bob", "bob"), OperatorRequest.Of("nhi pause", "bob").Principal);
        Assert.Equal(other.Principal, OperatorRecords.Of("pause", "*", other, _now, "bob paused everything.").RequestedBy);
        Assert.Equal(("bob", other.Principal), (other.Trigger(_now).By, other.Trigger(_now).RequestedBy));
    }

    [Fact]
    public void A_session_goes_into_every_record_of_the_request()
    {
        var request = OperatorRequest.Of("nhi pause", "bob").In("run:7.a_b-C");
        Assert.Equal("run:7.a_b-C", OperatorRecords.Of("pause", "*", request, _now, "bob paused everything.").Correlation!.Session);
        Assert.Equal("run:7.a_b-C", request.Trigger(_now).Correlation!.Session);
        Assert.Null(OperatorRequest.Of("nhi pause", "bob").In(null).Trigger(_now).Correlation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    [InlineData("ä")]
    public void A_session_that_cannot_be_recorded_is_refused_and_not_told(string session) =>
        Assert.Contains("letters, digits", Assert.Throws<OperatorRefusedException>(() => OperatorRequest.Of("nhi pause", "bob").In(session)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_long_session_is_refused() => Assert.Throws<OperatorRefusedException>(() => OperatorRequest.Of("nhi pause", "bob").In(new string('a', OperatorRequest.LongestSession + 1)));
}
