using System.Security.Cryptography;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>Says once in each log that a version of the key <c>producers</c> has come to its end, so that an auditor need not be told. It has no intent, and its name follows from version and end: the first writer wins.</summary>
public static class EndedKeyRecord
{
    /// <summary>Its action.</summary>
    public const string Action = "producers.end";

    /// <summary>Its time is the end, in whole seconds. Throws <see cref="ArgumentException"/> for a version without one.</summary>
    public static EvidenceRecord Of(ProducersKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var end = TimerOp.Floor(key.Until ?? throw new ArgumentException("The version has no end.", nameof(key)), TimeSpan.FromSeconds(1));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(key.Spki.Span));
        return new EvidenceRecord
        {
            Op = TimerOp.Of($"producers-end\n{sha256}", "end", end),
            Stage = RecordStage.Outcome,
            Action = Action,
            Result = "FINDING",
            Time = end,
            Summary = $"The version {Es256.KeyId(key.Spki.Span)} of the key that certifies producers ended: what it certified counts in what was created before, and in nothing after.",
            Controls = FrameworkControls.OfProducersKey,
            EndedKey = new EndedKeyFacts(sha256, end),
            // Key Vault's list of versions tells the end and not who set it.
            Finding = new FindingFacts("producers-key-ended", "warning", "Who set the end stands in Key Vault's own log (AuditEvent, KeyUpdate). If nobody meant it, make a new version; if the version was stolen, look through what it certified last."),
        };
    }
}
