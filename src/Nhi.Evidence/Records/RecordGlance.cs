using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using static Nhi.Evidence.Records.RecordWalk;

namespace Nhi.Evidence.Records;

/// <summary>
/// Makes of a record what a verifier compares, and nothing of the rest, which it checks as strictly as whoever reads it whole: ten times as fast as that.
/// </summary>
internal static class RecordGlance
{
    /// <summary>Null where it is not as simple as that, where it breaks a rule, and where it was not written for that name of that log: whoever reads it whole says what it is.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="origin">The log.</param>
    /// <param name="path">Its name.</param>
    /// <param name="name">The same, read back.</param>
    /// <param name="withProducer">True: who made it is wanted too.</param>
    internal static EvidenceRecord? TryRead(ReadOnlySpan<byte> bytes, string origin, string path, RecordName name, bool withProducer)
    {
        Span<Range> found = stackalloc Range[Facts.Length];
        found.Clear();
        if (!RecordSerializer.TryWalk(bytes, out var members, found))
            return null;
        var facts = new Noted(members, found);
        if (!facts.Is(Fact.Log, origin) || !facts.Is(Fact.Path, path) || !facts.Is(Fact.Op, name.Op))
            return null;
        var record = facts.Record(origin, path, name.Op, withProducer);
        return RecordRules.Broken(record) is null && RecordPath.Fits(name, record) ? record : null;
    }

    /// <summary>The values that a walk noted.</summary>
    private readonly ref struct Noted(ReadOnlySpan<byte> members, ReadOnlySpan<Range> found)
    {
        private readonly ReadOnlySpan<byte> members = members;
        private readonly ReadOnlySpan<Range> found = found;

        private ReadOnlySpan<byte> this[Fact fact] => members[found[(int)fact]];

        /// <summary>What is known before is compared where it stands, and no text is made of it.</summary>
        internal bool Is(Fact fact, string text) => Ascii.Equals(this[fact], text);

        internal EvidenceRecord Record(string origin, string path, string op, bool withProducer) => new()
        {
            Log = origin,
            Path = path,
            Op = op,
            Stage = StageConverter.Of(this[Fact.Stage]).GetValueOrDefault(),
            Action = Text(Fact.Action)!,
            Result = Text(Fact.Result),
            Time = Instant(Fact.Time).GetValueOrDefault(),
            Recorded = Instant(Fact.Recorded),
            Deadline = Instant(Fact.Deadline),
            Late = Has(Fact.Late),
            Summary = "",
            Intent = Text(Fact.IntentPath) is { } where ? new RecordReference(where, Text(Fact.IntentSha256)!) : null,
            Credential = Text(Fact.CredentialId) is { } id ? new CredentialFacts(id, Name: Text(Fact.CredentialName)) : null,
            Change = Version(Fact.VersionBefore) is var before && Version(Fact.VersionAfter) is var after && (before ?? after) is null ? null : new ChangeFacts(before, after),
            Producer = withProducer && Has(Fact.Producer) ? JsonSerializer.Deserialize(this[Fact.Producer], Producers) : null,
        };

        private static JsonTypeInfo<ProducerFacts> Producers { get; } = (JsonTypeInfo<ProducerFacts>)RecordJson.ByCut[0].GetTypeInfo(typeof(ProducerFacts));

        private bool Has(Fact fact) => !found[(int)fact].Equals(default);

        private string? Text(Fact fact) => Has(fact) ? Encoding.UTF8.GetString(this[fact]) : null;

        private VersionFacts? Version(Fact fact) => Text(fact) is { } version ? new VersionFacts(version) : null;

        private DateTimeOffset? Instant(Fact fact) => RecordInstant.TryParse(this[fact], out var instant) ? instant : null;
    }
}
