using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Tests.Sweeps.Removal;

public sealed class RemovalRecordsTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly string LongName = "kv:" + new string('v', 24) + ".vault.azure.net/" + new string('n', 127);

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(RemovalRecords.MostNamed)]
    public void S45_a_record_names_each_version_that_a_step_writes_to_and_explains_their_updates_and_no_other(int count)
    {
        var versions = Enumerable.Range(1, count).Select(number => number.ToString("x32", CultureInfo.InvariantCulture)).ToList();
        var stored = RecordSerializer.Seal(RecordSerializer.Prefix(new EvidenceRecord
        {
            Op = RotationId.Op("app", RemovalVerbs.Quarantine, At, 1),
            Stage = RecordStage.Outcome,
            Action = RemovalVerbs.Action(RemovalVerbs.Quarantine),
            Result = "ok",
            Time = At,
            Recorded = At,
            Summary = new string('s', RecordLimits.Text),
            Credential = new CredentialFacts(LongName, "multi", LongName),
            Decision = new DecisionFacts("allow", "r", Reasons: ["neglected", .. RemovalRecords.Names(versions)]),
        }), new byte[RecordSerializer.SignatureBytes]);
        var record = RecordSerializer.Read(stored);
        Assert.Equal(versions, RemovalRecords.Named(record));
        Assert.Equal(versions.Select(version => $"{LongName}/{version}").Order(StringComparer.Ordinal), Assert.Single(Deed.Of([record])).Altered.Order(StringComparer.Ordinal));
    }
}
