using Nhi.EndToEnd.Tests.Product;

namespace Nhi.EndToEnd.Tests;

public sealed class LifecycleTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Each_kind_comes_under_policy_is_rotated_and_its_predecessor_revoked_by_events_and_timers_alone()
    {
        await using var product = await LocalProduct.StartAsync();
        await product.AddEstateAsync();
        var first = LocalProduct.Names.ToDictionary(name => name, name => product.World.Vault("kv1").ReadAs(product.World.Identities.Person, name)!);
        try
        {
            var start = product.World.Clock.GetUtcNow();
            foreach (var hours in new[] { 1, 2, 24 * 8, (24 * 61), (24 * 61) + 1, (24 * 61) + 2, (24 * 76), (24 * 77), (24 * 77) + 1 })
            {
                await product.World.Clock.MoveToAsync(start.AddHours(hours));
                for (var i = 0; i < 3; i++)
                {
                    await product.World.Player.SettleAsync();
                    await product.RowsAreFreeAsync();
                    await product.Host.RunAsync("ReconcileOperations");
                    await product.Host.RunAsync("SweepDue");
                    await product.Host.RunAsync("RevokeDebts");
                    await product.Host.RunAsync("SequenceEvidence");
                }
            }

            foreach (var name in LocalProduct.Names)
            {
                var now = product.World.Vault("kv1").ReadAs(product.World.Identities.Person, name)!;
                Assert.NotEqual(first[name], now);
                Assert.True(await product.OpensAsync(name, now), name);
                if (name != "generated-app")
                    Assert.False(await product.OpensAsync(name, first[name]), name + " still opens with what was superseded");
            }
        }
        finally
        {
            output.WriteLine(product.Log);
        }
    }
}
