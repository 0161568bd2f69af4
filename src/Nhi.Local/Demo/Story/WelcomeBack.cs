using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Screen;

namespace Nhi.Local.Demo.Story;

/// <summary>A kept estate: what is there.</summary>
internal sealed class WelcomeBack : IChapter
{
    public string Title => "The estate that was kept";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        stage.Start = stage.Now;
        stage.Narrator.Say($"It is {stage.Now:yyyy-MM-dd HH:mm}Z here. Vaults, providers, tables and evidence are as the last run left them:");
        EstateTable.Write(stage);
        // A run that was interrupted may have left out the second chapter.
        if (!stage.World.Vault(DemoEstate.Payments).Has(DemoEstate.Newcomer)) stage.Seeder.Add(DemoEstate.Of(DemoEstate.Newcomer));
        foreach (var credential in DemoEstate.All) stage.Consumers.Add(credential);
        await stage.BootAsync(ct);
        stage.Consumers.Start();
        stage.Narrator.Event($"NhiFunctions starts as process {stage.Host!.ProcessId} and goes on where it was.");
        await stage.LeapAsync(TimeSpan.FromMinutes(16), ct);
        var governed = await stage.LeapUntilAsync(() => VaultView.Read(stage.World).Where(secret => secret.Credential.Governed).All(secret => secret.Current.Tag?.Op is not null), TimeSpan.FromMinutes(16), 15, ct);
        stage.Claims.That("everything that the policy enforces is governed", governed);
    }
}
