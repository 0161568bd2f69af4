using System.Net;

namespace Nhi.Local.Tests.Host;

public sealed class StoppingTests
{
    [Fact]
    public async Task What_is_under_way_is_finished_and_nothing_new_begins()
    {
        await using var host = await StartedHost.StartAsync();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        host.Governance.Does = (_, ct) =>
        {
            begun.TrySetResult();
            return release.Task.WaitAsync(ct);
        };
        var delivery = host.DeliverAsync("{}");
        await begun.Task;
        var stopping = host.Host.StopAsync(CancellationToken.None);
        Assert.Empty(await host.Host.TickDueAsync(StartedHost.Start.AddHours(1)));
        Assert.False(stopping.IsCompleted);
        release.SetResult();
        Assert.Equal(HttpStatusCode.Accepted, await host.StatusAsync(delivery));
        await stopping;
        Assert.Equal(["OnSecretEvent"], host.Governance.Calls);
        await Assert.ThrowsAsync<HttpRequestException>(() => host.DeliverAsync("{}"));
    }

    [Fact]
    public async Task What_outlives_its_grace_is_cancelled_and_the_host_stops()
    {
        await using var host = await StartedHost.StartAsync(grace: TimeSpan.FromMilliseconds(100));
        var begun = new TaskCompletionSource();
        host.Governance.Does = (_, ct) =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.Infinite, ct);
        };
        var delivery = host.DeliverAsync("{}");
        await begun.Task;
        await host.Host.StopAsync(CancellationToken.None);
        Assert.Equal(HttpStatusCode.InternalServerError, await host.StatusAsync(delivery));
        Assert.True(host.Host.IsIdle);
    }
}
