using System.Text.Json;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>
/// Reads of a record what a verifier compares, and passes over the rest: for bytes that a checkpoint vouches for, when producers' signatures are not verified again. Several times as fast as reading it whole.
/// </summary>
internal static class RecordGlance
{
    private static ReadOnlySpan<byte> Head => "{\n  \"schema\": \"nhi-evidence/1\","u8;

    /// <summary>Null where it is not as simple as that, or it was not written for that name of that log: then the record has to be read whole.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="origin">The log.</param>
    /// <param name="path">Its name.</param>
    /// <param name="name">The same, read back.</param>
    internal static EvidenceRecord? TryRead(ReadOnlySpan<byte> bytes, string origin, string path, RecordName name)
    {
        if (!bytes.StartsWith(Head) || bytes.Length > RecordLimits.Bytes)
            return null;
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = RecordLimits.Depth });
            return Read(ref reader, new Found(origin, path, name)) is { } record && RecordPath.Fits(name, record) ? record : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Whoever reads it whole says what is wrong.
            return null;
        }
    }

    private static EvidenceRecord? Read(ref Utf8JsonReader reader, Found found)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Member(reader.ValueSpan);
            reader.Read();
            if (!found.Take(member, ref reader))
                return null;
        }

        return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? found.Record() : null;
    }

    private enum Name
    {
        Other,
        Whole,
        Log,
        Path,
        Op,
        Stage,
        Action,
        Result,
        Time,
        Recorded,
        Deadline,
        Late,
        Intent,
        Credential,
        Change,
    }

    private static Name Member(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => name.SequenceEqual("op"u8) ? Name.Op : Name.Other,
        3 => name.SequenceEqual("log"u8) ? Name.Log : Name.Other,
        4 => name.SequenceEqual("path"u8) ? Name.Path : name.SequenceEqual("time"u8) ? Name.Time : name.SequenceEqual("late"u8) ? Name.Late : name.SequenceEqual("seal"u8) ? Name.Whole : Name.Other,
        5 => name.SequenceEqual("stage"u8) ? Name.Stage : name.SequenceEqual("shard"u8) ? Name.Whole : Name.Other,
        6 => name.SequenceEqual("action"u8) ? Name.Action : name.SequenceEqual("result"u8) ? Name.Result : name.SequenceEqual("intent"u8) ? Name.Intent : name.SequenceEqual("change"u8) ? Name.Change : Name.Other,
        8 => name.SequenceEqual("recorded"u8) ? Name.Recorded : name.SequenceEqual("deadline"u8) ? Name.Deadline : name.SequenceEqual("coverage"u8) ? Name.Whole : Name.Other,
        10 => name.SequenceEqual("credential"u8) ? Name.Credential : Name.Other,
        _ => Name.Other,
    };

    /// <summary>Log, path and op are known before: they are compared where they stand, and no text is made of them.</summary>
    private struct Found(string origin, string expectedPath, RecordName name)
    {
        private bool log;
        private bool path;
        private bool op;
        private RecordStage? stage;
        private string? action;
        private string? result;
        private DateTimeOffset? time;
        private DateTimeOffset? recorded;
        private DateTimeOffset? deadline;
        private bool late;
        private (string? First, string? Second) intent;
        private (string? First, string? Second) credential;
        private VersionFacts? before;
        private VersionFacts? after;

        /// <summary>False for what takes reading it whole.</summary>
        internal bool Take(Name member, ref Utf8JsonReader reader)
        {
            switch (member)
            {
                case Name.Whole:
                    return false;
                case Name.Log:
                    return Same(ref reader, origin, ref log);
                case Name.Path:
                    return Same(ref reader, expectedPath, ref path);
                case Name.Op:
                    return Same(ref reader, name.Op, ref op);
                case Name.Action:
                    return Text(ref reader, ref action);
                case Name.Result:
                    return Text(ref reader, ref result);
                case Name.Time:
                    return Instant(reader.ValueSpan, ref time);
                case Name.Recorded:
                    return Instant(reader.ValueSpan, ref recorded);
                case Name.Deadline:
                    return Instant(reader.ValueSpan, ref deadline);
                case Name.Late:
                    late = reader.GetBoolean();
                    return true;
                case Name.Stage:
                    stage = reader.ValueTextEquals("intent"u8) ? RecordStage.Intent : reader.ValueTextEquals("outcome"u8) ? RecordStage.Outcome : reader.ValueTextEquals("reconciled"u8) ? RecordStage.Reconciled : null;
                    return stage is not null;
                case Name.Intent:
                    return Pair(ref reader, "path"u8, "sha256"u8, ref intent);
                case Name.Credential:
                    return Pair(ref reader, "id"u8, "name"u8, ref credential);
                case Name.Change:
                    return TakeChange(ref reader);
                default:
                    return reader.TrySkip();
            }
        }

        internal readonly EvidenceRecord? Record() =>
            !log || !path || !op || stage is null || action is null || time is null || recorded is null ? null : new EvidenceRecord
            {
                Log = origin, Path = expectedPath, Op = name.Op, Stage = stage.Value, Action = action, Result = result, Time = time.Value, Recorded = recorded, Deadline = deadline, Late = late, Summary = "",
                Intent = intent is ({ } where, { } sha) ? new RecordReference(where, sha) : null,
                Credential = credential.First is { } id ? new CredentialFacts(id, Name: credential.Second) : null,
                Change = before is null && after is null ? null : new ChangeFacts(before, after),
            };

        private static bool Same(ref Utf8JsonReader reader, string text, ref bool seen)
        {
            if (seen || reader.TokenType != JsonTokenType.String)
                return false;
            return seen = reader.ValueTextEquals(text);
        }

        private static bool Text(ref Utf8JsonReader reader, ref string? text)
        {
            if (reader.TokenType != JsonTokenType.String || text is not null)
                return false;
            text = reader.GetString();
            return true;
        }

        private bool TakeChange(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isBefore = reader.ValueTextEquals("before"u8);
                (string? First, string? Second) version = default;
                reader.Read();
                if (!Pair(ref reader, "version"u8, default, ref version))
                    return false;
                var facts = version.First is { } known ? new VersionFacts(known) : null;
                (before, after) = isBefore ? (facts, after) : (before, facts);
            }

            return true;
        }

        /// <summary>Two members of an object that are strings.</summary>
        private static bool Pair(ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ref (string? First, string? Second) pair)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isFirst, isSecond) = (reader.ValueTextEquals(first), second.Length > 0 && reader.ValueTextEquals(second));
                reader.Read();
                if (isFirst ? !Text(ref reader, ref pair.First) : isSecond ? !Text(ref reader, ref pair.Second) : !reader.TrySkip())
                    return false;
            }

            return true;
        }

        /// <summary><c>yyyy-MM-ddTHH:mm:ss[.fff]Z</c></summary>
        private static bool Instant(ReadOnlySpan<byte> text, ref DateTimeOffset? instant)
        {
            if (instant is not null || text.Length is not (20 or 24) || text[^1] != 'Z' || (text.Length == 24 && text[19] != '.') || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
                return false;
            var (year, month, day, hour, minute, second) = (Number(text[..4]), Number(text[5..7]), Number(text[8..10]), Number(text[11..13]), Number(text[14..16]), Number(text[17..19]));
            var milliseconds = text.Length == 24 ? Number(text[20..23]) : 0;
            if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || milliseconds < 0)
                return false;
            instant = new DateTimeOffset(year, month, day, hour, minute, second, milliseconds, TimeSpan.Zero);
            return true;
        }

        private static int Number(ReadOnlySpan<byte> digits)
        {
            var number = 0;
            foreach (var digit in digits)
            {
                if (digit is < (byte)'0' or > (byte)'9')
                    return -1;
                number = (number * 10) + digit - '0';
            }

            return number;
        }
    }
}
