using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Wire;

namespace Nhi.EndToEnd.Tests.Evidence;

/// <summary>An evidence account that answers when its client has gone: the clients give a request 30 seconds. In a class of its own, beside which others run.</summary>
public sealed class SlowEvidenceTests(ITestOutputHelper output)
{
    private static readonly TimeSpan BeyondPatience = TimeSpan.FromSeconds(31);

    [Fact]
    public async Task What_is_not_known_to_be_written_is_not_written_and_an_intent_that_stands_there_after_all_is_closed_as_absent()
    {
        await using var estate = await EstateInTrouble.StartAsync();
        try
        {
            await estate.PassAsync(61);
            await estate.NothingIsDoneAsync(
            [
                ("without effect", Fault.Slow(BeyondPatience) with { When = request => request.Method == "PUT" }),
                ("with effect", Fault.AnswersLate(BeyondPatience) with { When = request => request.Method == "PUT" }),
            ], LocalProduct.Names);
            var stand = (await estate.OpenAsync()).Count;
            Assert.InRange(stand, 1, 5);
            await estate.GoesOnAsync();
            Assert.Equal(stand, (await estate.RecordsAsync("nhievidence")).Count(record => EstateInTrouble.Stage(record) == "reconciled" && record.GetProperty("shown").GetString() == "absent"));
        }
        finally
        {
            output.WriteLine(estate.Product.Log);
        }
    }
}
