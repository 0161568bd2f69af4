using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Evidence;

namespace Nhi.Local.Demo.Story;

/// <summary>The host dies by SIGKILL between mint and publish; the next one finds out what became of it.</summary>
internal sealed class KilledInBetween : IChapter
{
    public string Title => "kill -9 between mint and publish";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        var credential = DemoEstate.Of(DemoEstate.Unlucky);
        var application = stage.World.Tenant.Add(credential.Target);
        await stage.LeapToAsync(stage.Start.AddDays(40).AddHours(-3), ct);
        var pid = stage.Host!.ProcessId;
        var killed = await KillAtMintAsync(stage, ct);
        stage.Narrator.Event($"'{credential.Name}' is due. Entra has made its new secret, and has not answered yet: kill -9 {pid}.");
        stage.Claims.That("the host was killed after the mint, before the answer", killed && stage.Host.HasExited);
        await stage.BuryAsync();

        var wreck = await EvidenceCopy.TakeAsync(stage.World, ct);
        stage.Claims.That("left behind: a secret at Entra that nobody holds, one version in the vault, one intent without an outcome",
            stage.World.Tenant.SecretsOf(application).Count == 2 && VaultView.Read(stage.World, credential.Name).Versions.Count == 1 && wreck.OpenIntents.Count == 1,
            $"{stage.World.Tenant.SecretsOf(application).Count}, {VaultView.Read(stage.World, credential.Name).Versions.Count}, {wreck.OpenIntents.Count}");

        await stage.BootAsync(ct);
        stage.Narrator.Event($"The platform starts another host, process {stage.Host!.ProcessId}. It has no memory; Event Grid delivers the event again, and the timers tick.");
        var rotated = await stage.LeapUntilAsync(() => VaultView.Read(stage.World, credential.Name).Versions.Count > 1, TimeSpan.FromMinutes(6), 25, ct);
        stage.Claims.That("the rotation was finished, once", rotated && VaultView.Read(stage.World, credential.Name) is { Versions.Count: 2, Current.IsOurs: true });
        var after = await EvidenceCopy.TakeAsync(stage.World, ct);
        var said = after.Records.FirstOrDefault(record => record.Name.Stage == "3-reconciled" && record.Credential == credential.Id);
        stage.Narrator.Event($"First it said what became of the open intent: \"{(string?)said?.Json["summary"]}\"");
        stage.Claims.That("the open intent is closed by a record 'reconciled' of the new host", said is not null && after.OpenIntents.Count == 0);
        var cleaned = await stage.LeapUntilAsync(() => stage.World.Tenant.SecretsOf(application).Count == 2, TimeSpan.FromMinutes(31), 12, ct);
        stage.Narrator.Event("Half an hour and two looks later the secret that nobody holds is removed at Entra.");
        stage.Claims.That("no stray secret is left at Entra", cleaned);
        await stage.LeapToAsync(stage.Start.AddDays(55), ct);
        var paid = await stage.LeapUntilAsync(() => Revocations.Owed(stage) == 0, TimeSpan.FromMinutes(31), 10, ct);
        stage.Claims.That("14 days later its old secret is revoked, and the application has one secret", paid && stage.World.Tenant.SecretsOf(application).Count == 1);
    }

    private static async Task<bool> KillAtMintAsync(Stage stage, CancellationToken ct)
    {
        var tap = new KillAtMint(stage);
        stage.World.Traffic.Tap = tap;
        try
        {
            await stage.LeapToAsync(stage.Start.AddDays(40).AddMinutes(5), ct);
            await stage.LeapUntilAsync(() => tap.Fired, TimeSpan.FromMinutes(16), 6, ct);
        }
        catch (HttpRequestException) when (tap.Fired)
        {
            // The player asked the host that has just died.
        }
        finally
        {
            stage.World.Traffic.Tap = null;
        }

        if (tap.Fired)
            await tap.Gone.WaitAsync(ct);
        return tap.Fired;
    }
}
