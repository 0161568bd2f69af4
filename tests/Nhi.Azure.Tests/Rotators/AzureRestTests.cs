using System.Net;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Azure.Tests.Rotators;

public sealed class AzureRestTests : IDisposable
{
    private const string Host = "management.azure.com";
    private readonly FakeAzure _azure = new();
    private readonly Waiting _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static RestCall Call => new("", Host, RequestMethod.Post, "/x/act?api-version=1", "Acting on x") { Body = "{}"u8.ToArray() };

    public void Dispose() => _azure.Dispose();

    [Theory]
    [InlineData(400, "", false, false)]
    [InlineData(401, "", false, false)]
    [InlineData(403, "", false, false)]
    [InlineData(404, "", false, false)]
    [InlineData(408, "", true, true)]
    [InlineData(409, "Directory_ConcurrencyViolation", false, true)]
    [InlineData(409, "ScopeLocked", false, false)]
    [InlineData(412, "", false, true)]
    [InlineData(429, "", false, true)]
    [InlineData(500, "", true, true)]
    [InlineData(502, "", true, true)]
    [InlineData(503, "", true, true)]
    [InlineData(504, "", true, true)]
    public async Task A_refused_change_is_sent_once_and_judged_by_its_status(int status, string code, bool mayHaveHappened, bool transient)
    {
        _azure.Serve(Host, (_, _) => FakeAzure.Error((HttpStatusCode)status, code, "Says so."));
        var failure = (await _azure.Rest().TryChangeAsync(Call, Ct)).ToException();
        Assert.Equal((mayHaveHappened, transient), (failure.MayHaveHappened, failure.Transient));
        Assert.Contains($"Acting on x: HTTP {status}", failure.Message, StringComparison.Ordinal);
        Assert.Single(_azure.Asked);
    }

    [Fact]
    public async Task A_read_is_tried_again_and_a_read_never_may_have_happened()
    {
        _azure.Now = FakeAzure.Weather.Unavailable;
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _azure.Rest().ReadAsync(Call, StorageJson.Default.StorageKeys, Ct));
        Assert.Equal((false, true), (failure.MayHaveHappened, failure.Transient));
        Assert.Equal(4, _azure.Asked.Count);
    }

    [Fact]
    public async Task A_body_in_another_shape_is_in_no_exception()
    {
        _azure.Serve(Host, (_, _) => FakeAzure.Json(HttpStatusCode.OK, """{"keys":"a value that nobody may see"}"""));
        var answer = await _azure.Rest().TryChangeAsync(Call, Ct);
        var failure = Assert.Throws<ExternalCallException>(() => answer.As(StorageJson.Default.StorageKeys));
        Assert.True(failure.MayHaveHappened);
        Assert.DoesNotContain("nobody may see", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_sent()
    {
        _azure.Credentials.Fails = true;
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _azure.Rest().TryChangeAsync(Call, Ct));
        Assert.Equal((false, true, "NoToken"), (failure.MayHaveHappened, failure.Transient, failure.Code));
        Assert.Empty(_azure.Asked);
    }

    [Fact]
    public async Task The_fence_of_a_change_is_asked_once_with_the_token_at_hand_and_before_anything_is_sent()
    {
        _azure.Serve(Host, (_, _) => FakeAzure.Json(HttpStatusCode.OK, "{}"));
        var rest = _azure.Rest();
        var unasked = new TestFence();
        _azure.Credentials.Fails = true;
        await Assert.ThrowsAsync<ExternalCallException>(() => rest.TryChangeAsync(Call with { Fence = unasked }, Ct));
        Assert.Equal(0, unasked.Asked);

        _azure.Credentials.Fails = false;
        var fence = new TestFence(ready: () => Assert.Empty(_azure.Asked));
        await rest.TryChangeAsync(Call with { Fence = fence }, Ct);
        Assert.Equal((1, 1), (fence.Asked, _azure.Asked.Count));
    }

    /// <summary>What renews the row looks at the provider again, where its last look is old: no fence stands before that.</summary>
    [Fact]
    public async Task What_a_fence_sends_itself_has_no_fence()
    {
        _azure.Serve(Host, (_, _) => FakeAzure.Json(HttpStatusCode.OK, "{}"));
        var rest = _azure.Rest();
        var fence = new TestFence(ready: () => rest.TryChangeAsync(Call, Ct).GetAwaiter().GetResult());
        await rest.TryChangeAsync(Call with { Fence = fence }, Ct);
        Assert.Equal((1, 2), (fence.Asked, _azure.Asked.Count));
    }

    [Fact]
    public async Task The_row_is_renewed_before_each_poll_of_an_accepted_operation()
    {
        var (polls, renewed) = (0, new List<int>());
        var fence = new TestFence(still: () => renewed.Add(polls));
        _azure.Serve(Host, (request, _) => request.RequestUri!.AbsolutePath == "/x/act"
            ? Accepted(("Azure-AsyncOperation", $"https://{Host}/poll"), ("Retry-After", "60"))
            : FakeAzure.Json(HttpStatusCode.OK, ++polls < 5 ? """{"status":"InProgress"}""" : """{"status":"Succeeded"}"""));
        await _azure.Rest(_time).TryChangeAsync(Call with { Fence = fence }, Ct);
        Assert.Equal([0, 1, 2, 3, 4], renewed);
        Assert.Equal(1, fence.Asked);
    }

    [Fact]
    public async Task A_row_that_is_lost_while_an_operation_goes_on_ends_the_waiting_and_one_that_cannot_be_renewed_says_nothing_of_it()
    {
        _azure.Serve(Host, (request, _) => request.RequestUri!.AbsolutePath == "/x/act"
            ? Accepted(("Azure-AsyncOperation", $"https://{Host}/poll"))
            : FakeAzure.Json(HttpStatusCode.OK, """{"status":"InProgress"}"""));
        var lost = new TestFence(still: () => throw new HoldLostException("It is held by another one."));
        await Assert.ThrowsAsync<HoldLostException>(() => _azure.Rest(_time).TryChangeAsync(Call with { Fence = lost }, Ct));
        Assert.Single(_azure.Asked);

        var down = new TestFence(still: () => throw new ExternalCallException("The table is throttled.", mayHaveHappened: false, transient: true, code: "Throttled"));
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _azure.Rest(_time).TryChangeAsync(Call with { Fence = down }, Ct));
        Assert.True(failure.MayHaveHappened);
    }

    [Theory]
    [InlineData("Azure-AsyncOperation")]
    [InlineData("Location")]
    public async Task An_accepted_operation_is_followed_to_its_result(string header)
    {
        var polls = 0;
        _azure.Serve(Host, (request, _) => request.RequestUri!.AbsolutePath switch
        {
            "/x/act" => Accepted((header, $"https://{Host}/poll"), ("Location", header == "Location" ? null : $"https://{Host}/result")),
            "/poll" when ++polls < 3 => header == "Location" ? Accepted(("Location", $"https://{Host}/poll")) : FakeAzure.Json(HttpStatusCode.OK, """{"status":"InProgress"}"""),
            "/poll" when header != "Location" => FakeAzure.Json(HttpStatusCode.OK, """{"status":"Succeeded"}"""),
            _ => FakeAzure.Json(HttpStatusCode.OK, """{"keys":[{"keyName":"key1","value":"v"}]}"""),
        });
        var answer = await _azure.Rest(_time).TryChangeAsync(Call, Ct);
        Assert.Equal("key1", Assert.Single(answer.As(StorageJson.Default.StorageKeys).Keys!).KeyName);
        Assert.Equal(3, polls);
    }

    [Theory]
    [InlineData("""{"status":"Failed"}""", 200, "failed")]
    [InlineData("""{"status":"Canceled"}""", 200, "failed")]
    [InlineData("""{"status":"InProgress"}""", 200, "8 minutes")]
    [InlineData("{}", 404, "404")]
    public async Task An_operation_that_does_not_end_well_may_have_happened(string body, int status, string says)
    {
        _azure.Serve(Host, (request, _) => request.RequestUri!.AbsolutePath == "/x/act"
            ? Accepted(("Azure-AsyncOperation", $"https://{Host}/poll"))
            : FakeAzure.Json((HttpStatusCode)status, body));
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _azure.Rest(_time).TryChangeAsync(Call, Ct));
        Assert.True(failure.MayHaveHappened);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/poll")]
    [InlineData("http://management.azure.com/poll")]
    [InlineData("https://management.azure.com:8443/poll")]
    [InlineData("/poll")]
    [InlineData(null)]
    public async Task A_token_is_taken_to_no_other_place_than_the_one_that_was_asked(string? address)
    {
        _azure.Serve(Host, (_, _) => Accepted(("Location", address)));
        var failure = await Assert.ThrowsAsync<ExternalCallException>(() => _azure.Rest(_time).TryChangeAsync(Call, Ct));
        Assert.True(failure.MayHaveHappened);
        Assert.Single(_azure.Asked);
    }

    private static HttpResponseMessage Accepted(params (string Name, string? Value)[] headers)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Accepted) { Content = new StringContent("") };
        foreach (var (name, value) in headers)
            if (value is not null)
                answer.Headers.TryAddWithoutValidation(name, value);
        return answer;
    }

    /// <summary>A time in which nobody waits: each wait is over at once, and the clock shows that it was waited.</summary>
    private sealed class Waiting : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Add(ref _ticks, dueTime.Ticks);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return new Over();
        }

        private sealed class Over : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
