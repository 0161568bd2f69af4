using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Local.Demo;

/// <summary>What <c>--json</c> prints. Counts are taken from provider, vault and evidence at the end.</summary>
/// <param name="Ok">Everything that was claimed was checked and is so.</param>
/// <param name="Credentials">Secrets in the two vaults.</param>
/// <param name="Rotated">Versions in the vaults that the product made; as many outcomes in evidence say so.</param>
/// <param name="Revoked">Superseded versions that are dead, each tried and refused where it has a provider.</param>
/// <param name="DuplicatesIgnored">Deliveries that Event Grid made beyond the first of each event, and that no record follows.</param>
/// <param name="ForgedIgnored">Forged events: refused at the door, or counted in evidence as not believed.</param>
/// <param name="CrashesRecovered">Intents of a host that was killed, closed by another one as reconciled.</param>
/// <param name="ConsumerLogins">Logins that consumers tried.</param>
/// <param name="ConsumerFailures">Those that failed outside a maintenance window.</param>
/// <param name="Records">Records in the evidence containers.</param>
/// <param name="IntentsWithoutOutcome">Intents that no outcome closes.</param>
/// <param name="FindingsBySignal">What sweeps found: each signal, and of how many subjects a record tells it.</param>
/// <param name="Quarantined">Credentials that were put into quarantine.</param>
/// <param name="Restored">Of these, given back.</param>
/// <param name="Removed">Of these, removed in the end.</param>
/// <param name="UngovernedChanges">Changes that the platform saw and that no record explains.</param>
/// <param name="EventsMissed">Versions that a sweep found and of which no event ever told.</param>
internal sealed record Summary(
    bool Ok, int Credentials, int Rotated, int Revoked, long DuplicatesIgnored, long ForgedIgnored, int CrashesRecovered, int ConsumerLogins, int ConsumerFailures, int Records, int IntentsWithoutOutcome,
    IReadOnlyDictionary<string, int> FindingsBySignal, int Quarantined, int Restored, int Removed, int UngovernedChanges, int EventsMissed)
{
    /// <summary>Of a run that came to no end, so that whoever reads it still finds every member.</summary>
    public static Summary Broken { get; } = new(false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, new Dictionary<string, int>(), 0, 0, 0, 0, 0);

    public string ToJson() => JsonSerializer.Serialize(this, SummaryJson.Default.Summary);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Summary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
