using System.Net;
using Azure.Data.Tables;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tables;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Azure.Tests.Tables;

public sealed class LostAnswerTests
{
    private static readonly OperationRow Row = new() { Resource = new ResourceId("x"), Owner = "i", Open = true, Fence = 1, Lease = TimeSpan.FromMinutes(1), FirstSeen = FakeWire.Now };

    private static (OperationsTable Operations, FakeWire Wire) Over(Func<FakeWire.Sent, HttpResponseMessage> answer)
    {
        var wire = new FakeWire(answer);
        return (new OperationsTable(Tables(wire), new GovernanceClock()), wire);
    }

    private static StateTables Tables(FakeWire wire)
    {
        var equipment = new ClientEquipment(new CallCounter(), wire.Transport);
        return new StateTables(access => new TableServiceClient(new Uri("https://nhistate.table.core.windows.net"), new FakeToken("t"), equipment.Equip(new TableClientOptions(), "table", resend: access is not TableAccess.WatcherOnce)));
    }

    [Fact]
    public async Task Whether_a_table_has_rows_is_said_or_why_nobody_can_say_it()
    {
        Assert.True(await Rows("""{"value":[{"PartitionKey":"a","RowKey":"b"}]}"""));
        Assert.False(await Rows("""{"value":[]}"""));
        var unreachable = await Assert.ThrowsAsync<ExternalCallException>(() => Ask(_ => throw new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.Equal("Could not read the table Debts: not reachable (NameResolutionError). Nothing was sent.", unreachable.Message);

        static Task<bool> Rows(string page) => Ask(_ => FakeWire.Json(200, page));
        static Task<bool> Ask(Func<FakeWire.Sent, HttpResponseMessage> answer) => Tables(new FakeWire(answer)).HasRowsAsync(StateTables.Debts, TableAccess.WatcherOnce, default);
    }

    [Fact]
    public async Task A_change_of_a_row_is_sent_once_and_a_lost_answer_may_have_happened()
    {
        foreach (var answer in new Func<HttpResponseMessage>[] { () => throw new HttpRequestException(HttpRequestError.ResponseEnded), () => new HttpResponseMessage(HttpStatusCode.InternalServerError), () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) })
        {
            var (operations, wire) = Over(_ => answer());
            foreach (var change in new Func<Task>[] { () => operations.TryInsertAsync(Row, default), () => operations.TryReplaceAsync(Row, "W/\"1\"", default) })
            {
                wire.Requests.Clear();
                var error = await Assert.ThrowsAsync<ExternalCallException>(change);
                Assert.True(error is { MayHaveHappened: true, Transient: true });
                Assert.Single(wire.Requests);
            }
        }
    }

    [Fact]
    public async Task A_refused_change_of_a_row_is_an_answer()
    {
        Assert.Null(await Over(_ => new HttpResponseMessage(HttpStatusCode.Conflict)).Operations.TryInsertAsync(Row, default));
        Assert.Null(await Over(_ => new HttpResponseMessage(HttpStatusCode.PreconditionFailed)).Operations.TryReplaceAsync(Row, "W/\"1\"", default));
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over(_ => new HttpResponseMessage(HttpStatusCode.Forbidden)).Operations.TryInsertAsync(Row, default));
        Assert.True(error is { MayHaveHappened: false, Transient: false });
    }

    [Fact]
    public async Task A_replacement_carries_the_etag_it_was_given()
    {
        var (operations, wire) = Over(_ => new HttpResponseMessage(HttpStatusCode.NoContent));

        await operations.TryReplaceAsync(Row, "W/\"datetime'1'\"", default);

        var sent = Assert.Single(wire.Requests);
        Assert.Equal(("PUT", "W/\"datetime'1'\""), (sent.Method, sent.Headers["If-Match"]));
    }
}
