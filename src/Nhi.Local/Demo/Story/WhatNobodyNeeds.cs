using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Evidence;

namespace Nhi.Local.Demo.Story;

/// <summary>A vault that nobody looks after is cleaned up, step by step; what turns out to be needed comes back by itself.</summary>
internal sealed class WhatNobodyNeeds : IChapter
{
    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(61);

    public string Title => "What nobody needs any more";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        var narrator = stage.Narrator;
        var vault = stage.World.Vault(DemoEstate.Legacy);
        var application = stage.World.Tenant.Add("crm-bridge");
        narrator.Say($"{DemoEstate.Legacy} belonged to a system that was switched off. Its {DemoEstate.Neglected.Count} secrets name no owner; a scanner lists them every half hour, so that the vault's own log has no silence.");
        stage.World.Player.Add(new Scanner(stage.World, vault));
        // Two days without a read, then the sweep that sees it, the minutes in which the topic takes the notice, then the day that its owner has.
        foreach (var wait in (TimeSpan[])[TimeSpan.FromHours(49), Hour, Hour]) await stage.LeapAsync(wait, ct);
        await stage.LeapUntilAsync(() => NeglectView.AreTold(stage.World), TimeSpan.FromMinutes(5), 30, ct);
        await stage.LeapAsync(TimeSpan.FromHours(25), ct);
        var aside = await stage.LeapUntilAsync(() => DemoEstate.Neglected.All(one => NeglectView.StepOf(stage.World, one.Name) == RemovalStep.Quarantined), Hour, 30, ct);
        narrator.Event("Nobody has read them for two days: a finding for each, its owner is told (there is none: the security team is), and a day later they are put aside: disabled, dated, given back by one command.");
        stage.Claims.That($"{DemoEstate.Neglected.Count} secrets that nobody uses are in quarantine, and nothing is ended yet", aside && stage.World.Tenant.SecretsOf(application).Count == 1,
            string.Join(", ", DemoEstate.Neglected.Select(one => $"{one.Name} {NeglectView.StepOf(stage.World, one.Name)}")));

        var got = vault.ReadAs(stage.World.Identities.Person, DemoEstate.YearEnd);
        narrator.Event($"The job that closes the year runs, wants '{DemoEstate.YearEnd}', and is refused.");
        var back = await stage.LeapUntilAsync(() => NeglectView.IsEnabled(stage.World, DemoEstate.YearEnd), Hour, 6, ct);
        narrator.Event("The vault's log shows who was refused: the secret is given back by itself, and somebody is alarmed. A mistake, caught before anything was ended.");
        stage.Claims.That("what was wanted in quarantine came back by itself, and the job goes on", got is null && back && vault.ReadAs(stage.World.Identities.Person, DemoEstate.YearEnd) is not null);

        await LeapAsUsedAsync(stage, TimeSpan.FromHours(48), ct);
        await stage.LeapUntilAsync(() => AreAt(stage, RemovalStep.Revoked), Hour, 12, ct);
        await LeapAsUsedAsync(stage, TimeSpan.FromHours(25), ct);
        var over = await stage.LeapUntilAsync(() => AreAt(stage, RemovalStep.Removed), Hour, 12, ct);
        narrator.Event("The others are not missed: two days later their credentials are revoked at their providers, and a day after that they are removed.");
        stage.Claims.That("the others are gone: Entra has no secret of theirs, the vault none that is enabled", over && stage.World.Tenant.SecretsOf(application).Count == 0,
            $"{stage.World.Tenant.SecretsOf(application).Count} at Entra; {string.Join(", ", DemoEstate.Neglected.Select(one => $"{one.Name} {NeglectView.StepOf(stage.World, one.Name)}"))}");
        stage.Claims.That("the one that is needed is untouched", NeglectView.IsEnabled(stage.World, DemoEstate.YearEnd));
        await OrderAsync(stage, ct);
    }

    /// <summary>The job goes on wanting its secret, so that nobody is told of it again.</summary>
    private static async Task LeapAsUsedAsync(Stage stage, TimeSpan by, CancellationToken ct)
    {
        await stage.LeapAsync(by, ct);
        stage.World.Vault(DemoEstate.Legacy).ReadAs(stage.World.Identities.Person, DemoEstate.YearEnd);
    }

    private static bool AreAt(Stage stage, RemovalStep step) => DemoEstate.Neglected.All(one => one.Name == DemoEstate.YearEnd || NeglectView.StepOf(stage.World, one.Name) >= step);

    /// <summary>Everything that was removed has, in this order: finding, notice, quarantine, revocation, removal; each step with its own record.</summary>
    private static async Task OrderAsync(Stage stage, CancellationToken ct)
    {
        var evidence = await EvidenceCopy.TakeAsync(stage.World, ct);
        var removed = evidence.Steps(RemovalVerbs.Remove);
        var ordered = removed.Count(record => IsInOrder(
        [
            evidence.Records.FirstOrDefault(one => one.Action == "finding.raise" && one.Credential == record.Credential),
            .. new[] { RemovalVerbs.Tell, RemovalVerbs.Quarantine, RemovalVerbs.Revoke, RemovalVerbs.Remove }.Select(verb => evidence.Steps(verb).FirstOrDefault(one => one.Credential == record.Credential)),
        ]));
        stage.Claims.That($"evidence: {removed.Count} removals, each with its finding, notice, quarantine and revocation before it", removed.Count == DemoEstate.Neglected.Count - 1 && ordered == removed.Count, $"{ordered} of {removed.Count}");
        stage.Claims.That("evidence: the alarm names what was wanted in quarantine", evidence.Records.Any(record => record.Credential == $"kv:{DemoEstate.Legacy}.vault.azure.net/{DemoEstate.YearEnd}" && (string?)record.Json["finding"]?["signal"] == SignalNames.ReadInQuarantine));
    }

    private static bool IsInOrder(IReadOnlyList<CopiedRecord?> steps) =>
        steps.All(step => step is not null) && steps.Zip(steps.Skip(1)).All(pair => string.CompareOrdinal(pair.First!.Blob.Name, pair.Second!.Blob.Name) < 0);
}
