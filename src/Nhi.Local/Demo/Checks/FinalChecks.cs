using Nhi.Governance.Sweeps.Findings;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Evidence;
using Nhi.Local.Demo.Story;

namespace Nhi.Local.Demo.Checks;

/// <summary>Compares provider, vault and evidence with each other, each read past the product.</summary>
internal sealed class FinalChecks(Stage stage)
{
    private static readonly string[] Publishing = ["rotate", "follow", "repair", "rollback"];
    private static readonly string[] Killing = ["revoke", "retire"];

    public async Task RunAsync(CancellationToken ct)
    {
        var evidence = stage.Evidence ?? throw new InvalidOperationException("The evidence is read before the end.");
        var secrets = VaultView.Read(stage.World);
        await ProvidersAsync(secrets, ct);
        Vaults(secrets, evidence);
        if (stage.Forged.Count > 0)
            stage.Claims.That($"evidence: {evidence.Disbelieved} forged events that had the key were not believed", evidence.Disbelieved == EventsThatLie.Disbelieved, $"{EventsThatLie.Disbelieved} were posted");
        if (stage.World.Delivery.Lost is > 0 and var lost)
            stage.Claims.That($"evidence: {evidence.EventsMissed} event is missed, the one that got lost", evidence.EventsMissed == lost, $"{evidence.EventsMissed} are, of {lost}");
        if (stage.ByHand is { } hand)
        {
            var facts = evidence.FactsOf(SignalNames.UngovernedChange);
            foreach (var fact in facts) stage.Narrator.Show(fact);
            stage.Claims.That("evidence: what somebody did past the product is told, and nothing else as such: what, who, from where",
                facts.Count == 2 && Array.TrueForAll([hand.Version, hand.KeyId], what => facts.Any(fact => fact.Contains($"{what} by ", StringComparison.Ordinal) && fact.Contains($"{hand.Person}", StringComparison.Ordinal) && fact.EndsWith("from 127.0.0.1", StringComparison.Ordinal))), $"{facts.Count} changes");
        }

        if (stage.Kills > 0)
            stage.Claims.That($"evidence: {evidence.Recovered} intent of a killed host was closed by another", evidence.Recovered >= stage.Kills);
        stage.Claims.That("what is not enforced was never touched", TheWorld.Untouched(stage));
        stage.Claims.That($"{stage.Consumers.Logins} logins of consumers, {stage.Consumers.Failures} failed outside a window", stage.Consumers is { Logins: > 0, Failures: 0 }, stage.Consumers.Trouble);
        stage.Claims.That($"the topic has told others of it: {stage.World.Topic.Received.Count} events", stage.World.Topic.Received.Count > 0);
    }

    private async Task ProvidersAsync(IReadOnlyList<SeenSecret> secrets, CancellationToken ct)
    {
        var (current, good) = (0, 0);
        foreach (var secret in secrets.Where(secret => secret.Credential.HasConsumer))
        {
            current++;
            if (await stage.Logins.TryAsync(secret.Credential, secret.Current.Value, ct)) good++;
        }

        stage.Claims.That($"provider: each of {current} current values is accepted", good == current, $"{good} are");
        var (tried, refused) = await Revocations.TryDeadAsync(stage, ct);
        stage.Claims.That($"provider: each of {tried} revoked values is refused", refused == tried, $"{refused} are");
        var stray = secrets.Where(secret => secret.Credential is { Opens: Opens.EntraApplication, Governed: true })
            .Sum(secret => stage.World.Tenant.SecretsOf(stage.World.Tenant.Add(secret.Credential.Target)).Count - secret.Versions.Count(version => !version.IsDead));
        stage.Claims.That("provider: no application has a secret that no living version carries", stray == 0, $"{stray} too many");
    }

    private void Vaults(IReadOnlyList<SeenSecret> secrets, EvidenceCopy evidence)
    {
        var made = secrets.SelectMany(secret => secret.Versions.Where(version => version.IsOurs).Select(version => (secret.Credential.Id, version.Version))).ToHashSet();
        var told = evidence.Done(Publishing).Select(record => (record.Credential!, record.Version!)).ToHashSet();
        // An attempt whose answer was lost and that did publish is told by the record that reconciled it.
        var reconciled = evidence.Records.Count(record => record.Name.Stage == "3-reconciled" && (string?)record.Json["shown"] == "published");
        stage.Claims.That($"vault and evidence: {made.Count} versions were made by the product, and records say the same of each", told.IsSubsetOf(made) && made.Count - told.Count <= reconciled, $"{told.Count} are told");
        var dead = secrets.Where(secret => secret.Revoked > 0).Select(secret => secret.Credential.Id).ToHashSet();
        var killed = evidence.Done(Killing).Select(record => record.Credential!).ToHashSet();
        // Two secrets of one resource are buried by one operation, whose record names one of them.
        var shared = secrets.Where(secret => secret.Revoked > 0 && !killed.Contains(secret.Credential.Id))
            .All(secret => secrets.Any(other => other.Credential.Target == secret.Credential.Target && secret.Credential.Target.Length > 0 && killed.Contains(other.Credential.Id)));
        stage.Claims.That($"vault and evidence: {secrets.Sum(secret => secret.Revoked)} versions are dead, and a record tells of each death", killed.IsSubsetOf(dead) && shared);
    }
}
