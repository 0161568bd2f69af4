using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>What honest writers write, one after the other: operations whose versions follow from each other, sweeps whose windows join.</summary>
internal sealed class HonestWork(TimeProvider clock)
{
    private readonly Dictionary<string, int> versions = new(StringComparer.Ordinal);
    private DateTimeOffset swept = clock.GetUtcNow();
    private int number;

    private DateTimeOffset Second => TimerOp.Floor(clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    /// <summary>An operation's two records, its version right behind the one before.</summary>
    internal (EvidenceRecord Intent, EvidenceRecord Closing) Operation(string name, string result = "ok", bool reconciled = false)
    {
        var intent = Samples.Intent(++number, Second, name);
        var before = versions.GetValueOrDefault(name);
        var made = result == "ok" || reconciled;
        versions[name] = made ? before + 1 : before;
        var change = new ChangeFacts(new VersionFacts($"{name}-{before}"), made ? new VersionFacts($"{name}-{before + 1}") : null);
        return (intent, Samples.Outcome(intent, result) with { Change = change, Stage = reconciled ? RecordStage.Reconciled : RecordStage.Outcome, Result = reconciled ? "reconciled" : result });
    }

    /// <summary>A sweep of the time since the last one that was <see cref="Swept"/>.</summary>
    internal EvidenceRecord Sweep() => new()
    {
        Op = Samples.Op(++number), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = Second,
        Summary = "Swept.", Coverage = new CoverageFacts("key-vault-list", swept, clock.GetUtcNow(), 12, 12),
    };

    /// <summary>That sweep's record is durable.</summary>
    internal void Swept(EvidenceRecord sweep) => swept = sweep.Coverage!.To;
}
