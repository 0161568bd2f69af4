using CsCheck;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

public sealed class InventoryPropertyTests
{
    private enum What
    {
        Set, Tag, Disable, Delete, Wait, Sweep, KilledSweep, FailingSweep,
    }

    private sealed record Act(What What, int Vault, int Secret, int At);

    /// <summary>As often as they stand here.</summary>
    private static readonly What[] Kinds =
    [
        What.Set, What.Set, What.Set, What.Tag, What.Disable, What.Delete, What.Wait, What.Sweep, What.KilledSweep, What.KilledSweep, What.FailingSweep,
    ];

    private static readonly Gen<Act> Acts = Gen.Select(
        Gen.Int[0, Kinds.Length - 1].Select(i => Kinds[i]),
        Gen.Int[0, 1], Gen.Int[0, 79], Gen.Int[0, 150], (what, vault, secret, at) => new Act(what, vault, secret, at));

    [Fact]
    public Task Whatever_happened_and_however_often_sweeps_were_stopped_the_next_whole_one_shows_the_estate_as_it_is() =>
        Acts.List[1, 60].SampleAsync(async acts =>
        {
            var rig = new InventoryRig();
            rig.Vaults.Fill(2, 40);
            foreach (var act in acts)
                await DoAsync(rig, act);
            rig.Clock.Advance(TimeSpan.FromSeconds(90));
            rig.Fails = _ => null;
            // The first may go on with one that began before the last change; the second saw all of them.
            await rig.MustRunAsync();
            await rig.NextAsync();
            foreach (var vault in rig.Scope)
                await AssertIsTrueAsync(rig, vault.Host);
        }, iter: 80, threads: 1);

    private static async Task DoAsync(InventoryRig rig, Act act)
    {
        var host = rig.Scope[act.Vault].Host;
        var name = $"s{act.Secret}";
        var there = rig.Vaults.Truth(host).Any(secret => secret.Id.Name == name);
        switch (act.What)
        {
            case What.Set:
                rig.Vaults.Set(host, name, managed: act.At % 7 == 0);
                break;
            case What.Tag when there:
                rig.Vaults.Change(host, name, version => version with { Tags = FakeVaults.Tagged(("team", $"{act.At}")) });
                break;
            case What.Disable when there:
                rig.Vaults.Change(host, name, version => version with { Enabled = !version.Enabled });
                break;
            case What.Delete when there:
                rig.Vaults.Delete(host, name);
                break;
            case What.Wait:
                rig.Clock.Advance(TimeSpan.FromSeconds(act.At * act.At));
                break;
            case What.Sweep:
                await rig.MustRunAsync();
                break;
            case What.KilledSweep:
                rig.KillAt = act.At;
                await rig.TryRunAsync();
                break;
            case What.FailingSweep:
                var left = act.At;
                rig.Fails = step => --left == 0 || (left < 0 && left > -4 && act.At % 2 == 0) ? InventoryRig.Down(step, transient: act.At % 3 != 0) : null;
                try
                {
                    await rig.TryRunAsync();
                }
                catch (ExternalCallException)
                {
                    // The run's own cursor, or its record: the timer's next tick.
                }

                rig.Fails = _ => null;
                break;
        }
    }

    private static async Task AssertIsTrueAsync(InventoryRig rig, string host)
    {
        var rows = await rig.Memory.OfVaultAsync(host, default).Where(row => row.Gone is null).ToListAsync();
        var truth = rig.Vaults.Truth(host);
        Assert.Equal(truth.Select(secret => secret.Id), rows.Select(row => row.Id).Order());
        foreach (var (id, versions) in truth)
        {
            var row = rows.Single(candidate => candidate.Id == id);
            // A certificate's version of the same second looks the same, though its tags are another object.
            Assert.Equal(versions[^1] with { Version = "", Tags = row.Newest.Tags }, row.Newest);
            Assert.Equal(versions[^1].Tags, row.Newest.Tags);
            if (!row.Newest.Managed)
                Assert.Equal(versions.Select(version => (version.Version, version.Enabled, version.Updated)), row.Versions.Select(version => (version.Version, version.Enabled, version.Updated)));
        }
    }
}
