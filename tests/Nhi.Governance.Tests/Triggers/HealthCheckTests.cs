using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task What_a_part_fails_with_is_what_was_found_and_so_is_a_time_out_of_its_own()
    {
        using var asked = new CancellationTokenSource();
        Assert.Equal(new HealthCheck("a", true, "fine"), await HealthCheck.OfAsync("a", () => Task.FromResult("fine"), asked.Token));
        Assert.Equal(new HealthCheck("a", false, "Not reachable."), await HealthCheck.OfAsync("a", () => throw new ExternalCallException("Not reachable."), asked.Token));
        Assert.Equal(new HealthCheck("a", false, "It took too long to answer."), await HealthCheck.OfAsync("a", () => throw new TaskCanceledException("A task was canceled."), asked.Token));
        await asked.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => HealthCheck.OfAsync("a", () => throw new OperationCanceledException(asked.Token), asked.Token));
    }
}
