using Microsoft.Extensions.Time.Testing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

public sealed class HealthCheckTests
{
    [Fact]
    public async Task However_often_anybody_asks_the_parts_are_asked_once_in_a_few_seconds()
    {
        var (clock, policies) = (new FakeTimeProvider(), new Counted());
        using var watch = new HealthWatch(policies, null!, null!, null!, clock);
        var first = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => watch.LookAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(1, policies.Asked);
        Assert.All(first, report => Assert.Equal(("policy", false, "It is away."), (report.Checks[0].Name, report.Checks[0].Ok, report.Checks[0].Detail)));
        clock.Advance(HealthWatch.Fresh);
        Assert.NotSame(first[0], await watch.LookAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, policies.Asked);
    }

    private sealed class Counted : IPolicySource
    {
        public int Asked { get; private set; }

        public ValueTask<Policy> CurrentAsync(CancellationToken ct)
        {
            Asked++;
            throw new ExternalCallException("It is away.");
        }
    }

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
