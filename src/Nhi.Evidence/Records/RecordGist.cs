using System.Text;

namespace Nhi.Evidence.Records;

/// <summary>
/// What whoever reads many records compares of each one. <paramref name="Credential"/>: its id; <paramref name="Before"/>, <paramref name="After"/>: the versions of its change; all UTF-8, where they stand in the record's bytes.
/// <paramref name="Whole"/>: the record itself, where it was read whole: always for a seal, coverage, what ties logs or ends a key.
/// </summary>
internal sealed record RecordGist(
    string Op, RecordStage Stage, string Action, DateTimeOffset Time, DateTimeOffset? Recorded, DateTimeOffset? Deadline, bool Late, Utf8Reference? Intent,
    ReadOnlyMemory<byte>? Credential, ReadOnlyMemory<byte>? Before, ReadOnlyMemory<byte>? After, EvidenceRecord? Whole)
{
    internal static RecordGist Of(EvidenceRecord record) => new(
        record.Op, record.Stage, record.Action, record.Time, record.Recorded, record.Deadline, record.Late, record.Intent is { } intent ? Utf8Reference.Of(intent) : null,
        Bytes(record.Credential?.Id), Bytes(record.Change?.Before?.Version), Bytes(record.Change?.After?.Version), record);

    private static ReadOnlyMemory<byte>? Bytes(string? text) => text is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(text);
}
