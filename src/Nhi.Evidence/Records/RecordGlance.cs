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
    // Characters of an action, and of a name that a slug is made of; a longer one is read whole.
    private const int OnStack = 256;

    private static JsonTypeInfo<ProducerFacts> Producers { get; } = (JsonTypeInfo<ProducerFacts>)RecordJson.ByCut[0].GetTypeInfo(typeof(ProducerFacts));

    /// <summary>Null where it is not as simple as that, where it breaks a rule, and where it was not written for that name of that log: whoever reads it whole says what it is.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="origin">The log.</param>
    /// <param name="path">Its name.</param>
    /// <param name="name">The same, read back.</param>
    /// <param name="producer">Who made it: the JSON of its member; empty where there is none.</param>
    internal static RecordGist? TryRead(ReadOnlyMemory<byte> bytes, string origin, string path, RecordName name, out ReadOnlySpan<byte> producer)
    {
        producer = default;
        Span<Range> found = stackalloc Range[Facts.Length];
        found.Clear();
        if (!RecordSerializer.TryWalk(bytes, out var members, found))
            return null;
        var facts = new Noted(members, found);
        if (!facts.Is(Fact.Log, origin) || !facts.Is(Fact.Path, path) || !facts.Is(Fact.Op, name.Op) || facts.Gist(name) is not { } gist)
            return null;
        producer = facts.Has(Fact.Producer) ? facts[Fact.Producer].Span : default;
        return gist;
    }

    /// <summary>The member that says who made a record, as a walk went over it.</summary>
    internal static ProducerFacts Producer(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Producers)!;

    /// <summary>The values that a walk noted.</summary>
    private readonly ref struct Noted(ReadOnlyMemory<byte> members, ReadOnlySpan<Range> found)
    {
        private readonly ReadOnlyMemory<byte> members = members;
        private readonly ReadOnlySpan<Range> found = found;

        internal ReadOnlyMemory<byte> this[Fact fact] => members[found[(int)fact]];

        internal bool Has(Fact fact) => !found[(int)fact].Equals(default);

        /// <summary>What is known before is compared where it stands, and no text is made of it.</summary>
        internal bool Is(Fact fact, string text) => Ascii.Equals(this[fact].Span, text);

        /// <summary>Null for a record that breaks a rule, or that the name does not follow from.</summary>
        internal RecordGist? Gist(RecordName name)
        {
            var (stage, time) = (StageConverter.Of(this[Fact.Stage].Span).GetValueOrDefault(), Instant(Fact.Time).GetValueOrDefault());
            var result = Has(Fact.Result) ? RecordRules.ResultOf(this[Fact.Result].Span) : null;
            Span<char> action = stackalloc char[OnStack];
            Span<char> credential = stackalloc char[OnStack];
            if ((Has(Fact.Result) && result is null) || !TryText(this[Fact.Action], ref action) || !TryText(CredentialName(), ref credential)
                || RecordRules.Broken(name.Op, action, time, stage, result) is not null || !RecordPath.Fits(name, name.Op, time, stage, result, action, credential))
                return null;
            return new RecordGist(
                name.Op, stage, action.ToString(), time, Instant(Fact.Recorded), Instant(Fact.Deadline), Has(Fact.Late),
                Has(Fact.IntentPath) ? new Utf8Reference(this[Fact.IntentPath], this[Fact.IntentSha256]) : null, OrNull(Fact.CredentialId), OrNull(Fact.VersionBefore), OrNull(Fact.VersionAfter), null);
        }

        /// <summary>As <see cref="RecordPath"/> takes it: the name, else the end of the id, else nothing.</summary>
        private ReadOnlyMemory<byte> CredentialName()
        {
            if (Has(Fact.CredentialName) || !Has(Fact.CredentialId))
                return OrNull(Fact.CredentialName).GetValueOrDefault();
            var id = this[Fact.CredentialId];
            return id[(id.Span.LastIndexOf((byte)'/') + 1)..];
        }

        private static bool TryText(ReadOnlyMemory<byte> utf8, ref Span<char> text)
        {
            if (utf8.Length > text.Length)
                return false;
            text = text[..Encoding.UTF8.GetChars(utf8.Span, text)];
            return true;
        }

        // Not by ?: and null, which C# makes an empty memory of.
        private ReadOnlyMemory<byte>? OrNull(Fact fact) => Has(fact) ? this[fact] : default(ReadOnlyMemory<byte>?);

        private DateTimeOffset? Instant(Fact fact) => Has(fact) && RecordInstant.TryParse(this[fact].Span, out var instant) ? instant : null;
    }
}
