using System.Net;

namespace Nhi.Local.Tests.Host;

public sealed class AdminEndpointsTests
{
    [Fact]
    public async Task A_timer_is_run_by_hand_with_202_and_counts_as_under_way()
    {
        await using var host = await StartedHost.StartAsync();
        var release = new TaskCompletionSource();
        host.Governance.Does = (_, _) => release.Task;
        Assert.Equal(HttpStatusCode.Accepted, (await host.AdminAsync(HttpMethod.Post, "/admin/functions/SweepDue", "{}")).Status);
        var (status, body) = await host.AdminAsync(HttpMethod.Get, "/admin/local/idle");
        Assert.Equal((HttpStatusCode.OK, """{"idle":false,"inFlight":1,"nextDue":"2026-03-02T08:00:15+00:00"}"""), (status, body));
        release.SetResult();
        // A tick answers when what was under way is over, though nothing is due.
        Assert.Equal((HttpStatusCode.OK, "[]"), await host.AdminAsync(HttpMethod.Post, "/admin/local/tick"));
        Assert.Equal(["SweepDue"], host.Governance.Calls);
        Assert.Contains("\"idle\":true", (await host.AdminAsync(HttpMethod.Get, "/admin/local/idle")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_timer_run_by_hand_twice_runs_one_after_the_other()
    {
        await using var host = await StartedHost.StartAsync();
        var release = new TaskCompletionSource();
        host.Governance.Does = (_, _) => release.Task;
        for (int i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.Accepted, (await host.AdminAsync(HttpMethod.Post, "/admin/functions/SweepDue", "{}")).Status);
        Assert.Equal(2, host.Host.InFlight);
        Assert.Equal(["SweepDue"], host.Governance.Calls);
        release.SetResult();
        await host.Host.StopAsync(CancellationToken.None);
        Assert.Equal(["SweepDue", "SweepDue"], host.Governance.Calls);
        Assert.Equal(1, host.Governance.MostAtOnce);
    }

    [Fact]
    public async Task An_event_function_is_run_by_hand_with_its_input()
    {
        await using var host = await StartedHost.StartAsync();
        var called = new TaskCompletionSource();
        host.Governance.Does = (_, _) =>
        {
            called.SetResult();
            return Task.CompletedTask;
        };
        Assert.Equal(HttpStatusCode.Accepted, (await host.AdminAsync(HttpMethod.Post, "/admin/functions/OnSecretEvent", """{"input":"{}"}""")).Status);
        await called.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(["{}"], host.Governance.Events);
    }

    [Theory]
    [InlineData("/admin/functions/Nobody", "{}", HttpStatusCode.NotFound)]
    [InlineData("/admin/functions/Health", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/admin/functions/SweepDue", "{", HttpStatusCode.BadRequest)]
    [InlineData("/admin/functions/OnSecretEvent", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/admin/local/tick?missed=some", "", HttpStatusCode.BadRequest)]
    public async Task What_makes_no_sense_is_refused(string path, string body, HttpStatusCode expected)
    {
        await using var host = await StartedHost.StartAsync();
        Assert.Equal(expected, (await host.AdminAsync(HttpMethod.Post, path, body)).Status);
        Assert.Empty(host.Governance.Calls);
    }

    [Theory]
    [InlineData("POST", "/admin/functions/SweepDue")]
    [InlineData("POST", "/admin/local/tick")]
    [InlineData("GET", "/admin/local/idle")]
    public async Task Only_the_master_key_opens_it(string method, string path)
    {
        await using var host = await StartedHost.StartAsync();
        foreach (string key in new[] { "wrong", host.Host.Keys.Default, host.Host.Keys.EventGrid })
            Assert.Equal(HttpStatusCode.Unauthorized, (await host.AdminAsync(new HttpMethod(method), path, "{}", key)).Status);
        Assert.Empty(host.Governance.Calls);
    }

    [Fact]
    public async Task A_tick_runs_what_is_due_by_the_governance_clock_and_says_what_became_of_it()
    {
        await using var host = await StartedHost.StartAsync();
        host.Governance.Does = (name, _) => name == "Publish" ? throw new InvalidOperationException("sink down") : Task.CompletedTask;
        host.Clock.Advance(TimeSpan.FromSeconds(30));
        var (_, body) = await host.AdminAsync(HttpMethod.Post, "/admin/local/tick");
        Assert.Equal(
            """[{"function":"ReconcileOperations","due":"2026-03-02T08:00:15+00:00","result":"Done"},{"function":"Publish","due":"2026-03-02T08:00:30+00:00","result":"Threw"}]""",
            body);
    }
}
