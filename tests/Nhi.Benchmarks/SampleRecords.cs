using System.Globalization;
using Nhi.Evidence.Records;

namespace Nhi.Benchmarks;

/// <summary>Records as the engine writes them, 2 KB each as stored: an even number is an intent, the odd one behind it the outcome that closes it.</summary>
internal static class SampleRecords
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);

    internal static EvidenceRecord Intent(int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"payroll-api-{number % 500}");
        return new EvidenceRecord
        {
            Op = number.ToString("D26", CultureInfo.InvariantCulture),
            Stage = RecordStage.Intent,
            Action = "credential.rotate",
            Time = Start,
            Summary = $"Rotate client secret of '{name}': it expires within seven days.",
            Trigger = new TriggerFacts("timer", "2026-11-24T13:05:00Z", "SweepDue"),
            RequestedBy = new PrincipalFacts("system", "nhi-governor"),
            Owner = new OwnerFacts("group", "payroll-platform"),
            Rotation = (number + 1_000_000).ToString("D26", CultureInfo.InvariantCulture),
            Fence = number,
            Tries = 1,
            Deadline = Start.AddMinutes(10),
            Credential = new CredentialFacts($"kv:kv1.vault.azure.net/{name}", "entra-app-secret", name, IssuedTo: "payroll-workload"),
            Resource = new ResourceFacts($"entra:{name}", "application"),
            Decision = new DecisionFacts("allow", "rotation-30d", "7", "5d1cfcb1ab4b4c77a1a4b4d7e9e7f0015d1cfcb1ab4b4c77a1a4b4d7e9e7f001", ["expires-within:P7D"]),
            Controls = ["OWASP-NHI7:2025"],
        };
    }

    internal static EvidenceRecord Outcome(EvidenceRecord intent, RecordReference reference) => intent with
    {
        Stage = RecordStage.Outcome,
        Result = "ok",
        Deadline = null,
        Intent = reference,
        Trigger = null,
        Change = new ChangeFacts(new VersionFacts("5d1cfcb1ab4b4c77a1a4b4d7e9e7f001", State: "superseded"), new VersionFacts("5d1cfcb1ab4b4c77a1a4b4d7e9e7f001", State: "active")),
        Slots = [new SlotFacts("key1", new string('7', 26)), new SlotFacts("key2", "closed")],
    };
}
