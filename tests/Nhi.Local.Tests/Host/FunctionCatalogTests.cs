using Microsoft.Azure.Functions.Worker;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class FunctionCatalogTests
{
    [Fact]
    public void The_app_has_these_functions()
        => Assert.Equal(
            ["Health", "OnSecretEvent", "Publish", "ReconcileOperations", "ReconcileReality", "RemoveNeglected", "RevokeDebts", "SequenceEvidence", "SweepDue", "SweepInventory", "VerifyEvidence"],
            FunctionCatalog.OfTheApp().All.Select(function => function.Name));

    [Theory]
    [InlineData(typeof(BadSchedule), "The function Bad has the schedule '*/5 * * * *', which is not NCRONTAB with six fields (seconds first).")]
    [InlineData(typeof(NoTrigger), "The function Bad has no trigger.")]
    [InlineData(typeof(TwoTriggers), "The function Bad has two triggers.")]
    [InlineData(typeof(Unbound), "The function Bad has the parameter 'name' that nothing binds; take what it needs by constructor.")]
    [InlineData(typeof(Batched), "The function Bad binds EventGridTriggerAttribute to String: the host knows string for an event (not batched), TimerInfo, and HttpRequest (not for users).")]
    [InlineData(typeof(Returns), "The function Bad returns Void, not Task.")]
    [InlineData(typeof(Twice), "The function bad is declared twice; names are unique in an app and ignore case.")]
    public void A_function_that_the_host_cannot_run_is_named_at_start(Type type, string message)
        => Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => FunctionCatalog.Of([type])).Message);

    public sealed class BadSchedule
    {
        [Function("Bad")]
        public Task Run([TimerTrigger("*/5 * * * *")] TimerInfo timer) => Task.CompletedTask;
    }

    public sealed class NoTrigger
    {
        [Function("Bad")]
        public Task Run(CancellationToken ct) => Task.CompletedTask;
    }

    public sealed class TwoTriggers
    {
        [Function("Bad")]
        public Task Run([EventGridTrigger] string one, [TimerTrigger("0 * * * * *")] TimerInfo two) => Task.CompletedTask;
    }

    public sealed class Unbound
    {
        [Function("Bad")]
        public Task Run([EventGridTrigger] string body, string name) => Task.CompletedTask;
    }

    public sealed class Batched
    {
        [Function("Bad")]
        public Task Run([EventGridTrigger(IsBatched = true)] string body) => Task.CompletedTask;
    }

    public sealed class Returns
    {
        [Function("Bad")]
        public void Run([EventGridTrigger] string body)
        {
        }
    }

    public sealed class Twice
    {
        [Function("Bad")]
        public Task One([EventGridTrigger] string body) => Task.CompletedTask;

        [Function("bad")]
        public Task Two([EventGridTrigger] string body) => Task.CompletedTask;
    }
}
