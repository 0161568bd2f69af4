using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Story;

/// <summary>What this world is, and how the product finds what was there before it.</summary>
internal sealed class TheWorld : IChapter
{
    public string Title => "A small company, on this machine";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        var narrator = stage.Narrator;
        await stage.Seeder.SeedAsync(ct);
        stage.Start = stage.Now;
        foreach (var credential in DemoEstate.All.Where(credential => credential.Name != DemoEstate.Newcomer)) stage.Consumers.Add(credential);
        narrator.Say($"Two Key Vaults, {DemoEstate.Payments} and {DemoEstate.Platform}, hold {DemoEstate.All.Count - 1} secrets of programs: client secrets of Entra applications, storage account keys,");
        narrator.Say("passwords of PostgreSQL roles, random values, a certificate. Each one that opens something has a consumer: a program that logs in with what it last read, all the time.");
        narrator.Say($"A third one, {DemoEstate.Legacy}, holds {DemoEstate.Neglected.Count} more that nobody looks after: it has its own chapter.");
        narrator.Say("Vaults, Entra, Azure Resource Manager and Event Grid are emulated, storage is Azurite, the database is PostgreSQL; the product reaches them under their real names over HTTPS.");
        narrator.Say("Governance time can be moved (it begins on Monday, 2 March 2026); passwords, tokens and file times are real.");
        // The product's first look holds the changes of the hour before it against evidence: this estate is older than that.
        await stage.World.Clock.MoveToAsync(stage.Now.AddHours(2), ct);
        await stage.BootAsync(ct);
        stage.Consumers.Start();
        narrator.Event($"NhiFunctions starts as process {stage.Host!.ProcessId}, configured by environment variables alone, and subscribes to the vaults.");

        var found = await stage.LeapUntilAsync(() => VaultView.Read(stage.World).Where(secret => secret.Credential.Governed).All(secret => secret.Current.Tag?.Op is not null), TimeSpan.FromMinutes(16), 15, ct, rowsAreNew: true);
        var governed = VaultView.Read(stage.World).Count(secret => secret.Current.Tag?.Op is not null);
        narrator.Event($"The timer SweepDue has found the {governed} secrets that the policy enforces, tried each at its provider, and tagged it.");
        stage.Claims.That($"what was there before the product came is under policy: {governed} secrets", found);
        stage.Claims.That("one that is only watched, one without tags and one of a certificate were left as they are", Untouched(stage));
    }

    public static bool Untouched(Stage stage) =>
        VaultView.Read(stage.World).Where(secret => !secret.Credential.Governed).All(secret => secret.Versions.Count == 1 && secret.Current is { Tag: null, Enabled: true });
}
