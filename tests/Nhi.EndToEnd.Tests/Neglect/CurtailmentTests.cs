using Nhi.EndToEnd.Tests.Cli;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Governance.Rotation;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.Arm;

namespace Nhi.EndToEnd.Tests.Neglect;

/// <summary>A wide role, from the sweep that finds it to the person who gives it back, at ARM and Graph over HTTPS, by the product as a process and <c>nhi</c>.</summary>
public sealed class CurtailmentTests(ITestOutputHelper output)
{
    private const string Owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

    private const string Policy = """
        version: 1
        defaults: { lifetime: P90D, rotateBefore: P30D, overlap: P14D, slack: P7D, freeAfter: P7D }
        rules:
          - { name: everything, match: {}, mode: enforce, curtailOverPrivileged: true }
        """;

    private static readonly string _subscription = $"/subscriptions/{WorldNames.Subscription}";

    [Fact]
    public async Task A_wide_role_is_found_told_taken_away_and_given_back_by_a_person_with_the_command_that_nhi_prints()
    {
        var curtailer = new Dictionary<string, string> { ["Nhi__Identities__Curtailer"] = WorldIdentity.Of("curtailer").ClientId };
        await using var product = await LocalProduct.StartAsync(Policy, more: curtailer, postgres: false);
        try
        {
            await product.AddEstateAsync();
            var mighty = Give(product);
            await RunAsync(product, "SweepDue", "ReconcileOperations");
            // What the product publishes proves what the secret opens.
            await PassAsync(product, 61);
            // Its owner's days count from when the topic took the notice.
            await RunAsync(product, "SweepDue", "SweepInventory", "RemoveNeglected", "SequenceEvidence", "Publish", "SequenceEvidence");
            Assert.Contains(mighty, product.World.Arm.Facts.Assigned);
            Assert.Contains("not in quarantine", (await NhiRun.StartAsync(product.Settings, ["restore", "entra-app"])).Exits(3).Errors, StringComparison.Ordinal);
            Assert.Contains("No role assignment of that id", (await NhiRun.StartAsync(product.Settings, ["restore", mighty.Id])).Exits(3).Errors, StringComparison.Ordinal);

            await PassAsync(product, 15);
            await RunAsync(product, "SweepInventory", "RemoveNeglected", "SequenceEvidence");
            Assert.DoesNotContain(mighty, product.World.Arm.Facts.Assigned);
            Assert.Single(product.World.Arm.Facts.Assigned);

            var restored = (await NhiRun.StartAsync(product.Settings, ["restore", "entra-app"])).Exits(42);
            output.WriteLine(restored.Output);
            var line = $"az role assignment create --name {mighty.Id[^36..]} --assignee-object-id {mighty.Principal} --assignee-principal-type ServicePrincipal "
                + $"--role {_subscription}/providers/Microsoft.Authorization/roleDefinitions/{Owner} --scope {_subscription} --description 'It'\\''s for the release'";
            Assert.Contains("  " + line + "\n", restored.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            // Who knows the assignment and not the secret gives its id, in whatever case Azure shows it.
            var named = (await NhiRun.StartAsync(product.Settings, ["restore", mighty.Id.ToUpperInvariant(), "--json"])).Exits(42).Json;
            Assert.Equal(("kv:kv1.vault.azure.net/entra-app", line), (named.GetProperty("credential").GetString(), named.GetProperty("roles")[0].GetProperty("command").GetString()));
            Assert.Contains("No role assignment of that id", (await NhiRun.StartAsync(product.Settings, ["restore", product.World.Arm.Facts.Assigned[0].Id])).Exits(3).Errors, StringComparison.Ordinal);

            product.World.Arm.Facts.Assign(mighty with { Made = product.World.Clock.GetUtcNow() });
            for (var month = 0; month < 2; month++)
            {
                // What is not due is looked at once a day, at an hour of its own.
                var hour = (int)(RotationId.Spread($"entra:{product.Application.AppId}") * 24);
                await PassAsync(product, 30 + ((hour - product.World.Clock.GetUtcNow().Hour) / 24d));
                await RunAsync(product, "SweepInventory", "RemoveNeglected", "SequenceEvidence");
            }

            Assert.Equal(2, product.World.Arm.Facts.Assigned.Count);
            var told = (await NhiRun.StartAsync(product.Settings, ["evidence", "ls", "--credential", "entra-app", "--json"])).Exits(0).Output;
            foreach (var action in (string[])["privilege.tell", "privilege.curtail", "privilege.restore"])
                Assert.Contains($"\"{action}\"", told, StringComparison.Ordinal);
        }
        catch
        {
            output.WriteLine(product.Log);
            throw;
        }
    }

    /// <summary>The application of a governed secret is Owner of the subscription, and so is a person.</summary>
    private static RoleGiven Give(LocalProduct product)
    {
        var (world, ada) = (product.World, product.World.Tenant.People.AddUser("ada@contoso.com", "Ada"));
        var identity = new WorldIdentity("payroll", product.Application.AppId, WorldIdentity.Of("payroll").ObjectId);
        world.Tenant.People.Add(identity);
        var mighty = new RoleGiven { Principal = identity.ObjectId, Role = Owner, Scope = _subscription, Description = "It's for the release", By = ada };
        world.Arm.Facts.Assign(mighty);
        world.Arm.Facts.Assign(mighty with { Principal = ada, Type = "User" });
        return mighty;
    }

    private static async Task PassAsync(LocalProduct product, double days)
    {
        await product.World.Clock.MoveToAsync(product.World.Clock.GetUtcNow().AddDays(days));
        await product.World.Player.SettleAsync();
    }

    /// <summary>Twice, since a row that is new or held lets one pass by.</summary>
    private static async Task RunAsync(LocalProduct product, params string[] functions)
    {
        foreach (var function in Enumerable.Repeat(functions, 2).SelectMany(names => names))
        {
            await product.World.Player.SettleAsync();
            await product.RowsAreFreeAsync();
            await product.Host.RunAsync(function);
        }

        await product.EventsAreThroughAsync();
    }
}
