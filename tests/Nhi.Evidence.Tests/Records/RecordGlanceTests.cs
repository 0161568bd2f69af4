using System.Globalization;
using System.Text;
using CsCheck;
using Nhi.Evidence.Records;
using Nhi.Evidence.Tests.Fuzz;

namespace Nhi.Evidence.Tests.Records;

/// <summary>A glance accepts nothing that reading whole refuses, and sees in it what reading whole sees; what it refuses is read whole, so nothing else needs to hold.</summary>
public sealed class RecordGlanceTests
{
    // A member of every kind, present; and what no glance sees (seals, coverage, other logs) absent.
    private static readonly EvidenceRecord Full = Named(Samples.Outcome(Samples.Intent(), "ok") with
    {
        Shown = "published", Recorded = Samples.Start, Intent = new RecordReference("records/a.json", new string('a', 64)), Trigger = new TriggerFacts("s", "i", "t", Samples.Start, 2), Correlation = new CorrelationFacts("c", "t", "s"),
        RequestedBy = new PrincipalFacts("agent", "a", "n", "t", new PrincipalFacts("user", "u", "ü", "t", new PrincipalFacts("user", "v"))), Agent = new AgentFacts("a", "i", "m", "v"), Owner = new OwnerFacts("group", "g", "n", "tag", 90),
        Credential = new CredentialFacts("kv:kv1.vault.azure.net/payroll-api", "k", "payroll-api", "h", "w", "f", "v"), Resource = new ResourceFacts("r", "t", ["a", "b"]),
        Change = new ChangeFacts(new VersionFacts("1", Samples.Start, "superseded", "h"), new VersionFacts("2", Samples.Start, "active", "h")), Approval = new ApprovalFacts("automated", "b", Samples.Start, "r", Samples.Start),
        Decision = new DecisionFacts("allow", "p", "7", new string('b', 64), ["x"]), Error = new ErrorFacts("c", "m"), NotBefore = Samples.Start, Controls = ["CSF2:PR.AA-01", "AI-RMF:GOVERN-1.4"], Finding = new FindingFacts("s", "info", "r", ["f"], 1, 2),
        Debt = new DebtFacts("h", Samples.Start, Samples.Start, "u", ["v"]), Assignment = new AssignmentFacts("i", "r", "p", "t", "s", "c", "2.0", "d"), Slots = [new SlotFacts("key1", "f"), new SlotFacts("key2", "closed")], Late = true, Withheld = ["$.summary"], Location = "secondary", Tries = 1,
    });

    private static EvidenceRecord Named(EvidenceRecord record) => record with
    {
        Log = "a/b", Path = RecordPath.Of(record), Producer = new ProducerFacts("nhi", "1.0.0", "i-1", "S0VZ", "Q0VSVA==", "abc", "westeurope"),
    };

    private static byte[] Sealed(EvidenceRecord record) => RecordSerializer.Seal(RecordSerializer.Prefix(record), new byte[RecordSerializer.SignatureBytes]);

    private static RecordGist? Glance(byte[] bytes, string log, string path) => Glance(bytes, log, path, out _);

    private static RecordGist? Glance(byte[] bytes, string log, string path, out ReadOnlySpan<byte> producer)
    {
        producer = default;
        return RecordPath.TryParse(path, out var name) ? RecordGlance.TryRead(bytes, log, path, name, out producer) : null;
    }

    /// <summary>True when a glance was enough.</summary>
    internal static bool AgreesWithReadingWhole(byte[] bytes, string log, string path, string about = "")
    {
        if (Glance(bytes, log, path, out var producer) is not { } glanced)
            return false;
        Assert.True(RecordSerializer.TryRead(bytes, out var whole, out var why), $"{about}: {why} {Encoding.UTF8.GetString(bytes)}");
        Assert.True(RecordPath.Fits(path, whole), about);
        Assert.Equal((log, path, whole.Op, whole.Stage, whole.Action, whole.Time), (whole.Log, whole.Path, glanced.Op, glanced.Stage, glanced.Action, glanced.Time));
        Assert.Equal((whole.Recorded, whole.Deadline, whole.Late, whole.Intent), (glanced.Recorded, glanced.Deadline, glanced.Late, glanced.Intent?.Text()));
        Assert.Equal((whole.Credential?.Id, whole.Change?.Before?.Version, whole.Change?.After?.Version), (Text(glanced.Credential), Text(glanced.Before), Text(glanced.After)));
        Assert.Equal(whole.Producer, producer.IsEmpty ? null : RecordGlance.Producer(producer));
        Assert.Equal((null, null, null, null), (whole.Seal, whole.Shard, whole.Coverage, whole.EndedKey));
        return true;
    }

    [Fact]
    public void A_glance_sees_what_reading_it_whole_sees_and_takes_every_record_that_is_written_without_escapes() => RecordGen.Whole.Sample(record =>
    {
        var bytes = Sealed(record);
        var written = RecordSerializer.Read(bytes);
        var usual = written is { Coverage: null, Seal: null, Shard: null, EndedKey: null, Correlation: not { Id: null, Trace: null, Session: null }, Change: not { Before: null, After: null } } && !bytes.AsSpan().Contains((byte)'\\');
        Assert.Equal(usual, AgreesWithReadingWhole(bytes, record.Log!, record.Path!));
        Assert.Null(Glance(bytes, "other", record.Path!));
        Assert.Null(Glance(bytes, record.Log!, RecordPath.Beside(record.Path!)));
    }, iter: 500);

    [Fact]
    public void Every_line_left_out_doubled_or_moved_is_judged_as_reading_whole_judges_it()
    {
        var lines = Encoding.UTF8.GetString(Sealed(Full)).Split('\n');
        Assert.True(Agrees(lines, "as written"));
        for (var i = 0; i < lines.Length; i++)
        {
            // Where it was the last of its object, what is before it loses its comma too.
            Agrees([.. lines[..i], .. lines[(i + 1)..]], $"without line {i}");
            if (i > 0 && !lines[i].EndsWith(','))
                Agrees([.. lines[..(i - 1)], lines[i - 1].TrimEnd(','), .. lines[(i + 1)..]], $"without line {i} and the comma before it");
            Agrees([.. lines[..i], lines[i], .. lines[i..]], $"line {i} twice");
            Agrees([.. lines[..i], lines[i].TrimEnd(',') + ",", .. lines[i..]], $"line {i} twice, with a comma");
            for (var j = i + 1; j < lines.Length; j++)
            {
                string[] moved = [.. lines];
                (moved[i], moved[j]) = (lines[j], lines[i]);
                Agrees(moved, $"lines {i} and {j} swapped");
            }
        }
    }

    [Fact]
    public void Every_member_left_out_is_judged_as_reading_whole_judges_it_and_only_those_that_a_record_needs_are_missed()
    {
        var lines = Encoding.UTF8.GetString(Sealed(Full)).Split('\n');
        List<string> missed = [];
        for (var i = 2; i < lines.Length - 3; i++)
        {
            if (!lines[i].Contains("\": ", StringComparison.Ordinal))
                continue;
            var indent = lines[i].Length - lines[i].TrimStart(' ').Length;
            // Up to the line that closes it.
            var end = lines[i][^1] is '{' or '[' ? Array.FindIndex(lines, i, line => line.StartsWith(new string(' ', indent) + (lines[i][^1] == '{' ? '}' : ']'), StringComparison.Ordinal)) : i;
            string[] left = lines[end].EndsWith(',') ? [.. lines[..i], .. lines[(end + 1)..]] : [.. lines[..(i - 1)], lines[i - 1].TrimEnd(','), .. lines[(end + 1)..]];
            if (!Agrees(left, $"without {lines[i]}"))
                missed.Add(lines[i].TrimStart(' ')[1..].Split('"')[0]);
        }

        // Op, stage, action, time, summary, the result and credential of its name, log and path; then what members need.
        string[] needed = ["log", "path", "op", "stage", "action", "result", "time", "summary", "credential"];
        Assert.Equal(needed, needed.Intersect(missed));
        Assert.DoesNotContain("finding", missed);
        Assert.Contains("fingerprint", missed);
    }

    [Fact]
    public void Every_value_replaced_is_judged_as_reading_whole_judges_it()
    {
        string[] values =
        [
            "0", "00", "01", "-0", "-1", "+1", "7", "1.0", "1e0", "2147483647", "2147483648", "9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "true", "false", "null", "{}", "[]", "\"\"", "\"x\"",
            "[\n    \"x\"\n  ]", "[\n      \"x\"\n    ]", "{\n    \"id\": \"x\"\n  }", "\"\\u0041\"", "\"\\\\\"", "\"\t\"", "\"\u007f\"", "\"\u2028\"", "\"ü\"", "\"2026-11-24T13:05:07Z\"", "\"2026-11-24T13:05:07.123Z\"", "\"2026-11-24T13:05:07.000Z\"", "\"2026-02-29T13:05:07Z\"",
            "\"2026-11-24T24:00:00Z\"", "\"2026-11-24T13:05:60Z\"", "\"0000-11-24T13:05:07Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"2026-11-24T13:05:07+00:00\"", "\"2026-11-24t13:05:07z\"", "\"intent\"", "\"outcome\"", "\"reconciled\"", "\"unknown\"", "\"Intent\"",
            Of('x', 512), Of('x', 513), Of('x', 2_048), Of('x', 2_049), Of('ß', 512), Of('ß', 513), Of('ß', 2_048), Of('ß', 2_049), $"\"{string.Concat(Enumerable.Repeat("🔑", 256))}\"", $"\"{string.Concat(Enumerable.Repeat("🔑", 257))}\"", $"\"{string.Concat(Enumerable.Repeat("🔑", 1_024))}\"", $"\"{string.Concat(Enumerable.Repeat("🔑", 1_025))}\"",
        ];
        var lines = Encoding.UTF8.GetString(Sealed(Full)).Split('\n');
        var (enough, all) = (0, 0);
        for (var i = 1; i < lines.Length - 2; i++)
        {
            var at = lines[i].IndexOf("\": ", StringComparison.Ordinal) is >= 0 and var name ? name + 3 : lines[i].Length - lines[i].TrimStart(' ').Length;
            foreach (var value in values)
            {
                enough += Agrees([.. lines[..i], lines[i][..at] + value + (lines[i].EndsWith(',') ? "," : ""), .. lines[(i + 1)..]], $"line {i} with {value[..Math.Min(value.Length, 40)]}") ? 1 : 0;
                all++;
            }
        }

        Assert.InRange(enough, all / 10, all * 9 / 10);
    }

    [Theory]
    [InlineData(RecordLimits.Entries, true)]
    [InlineData(RecordLimits.Entries + 1, false)]
    public void Lists_are_as_long_as_they_may_be(int entries, bool taken) =>
        Assert.Equal(taken, AgreesWithReadingWhole(Replaced("[\n    \"$.summary\"\n  ]", $"[\n    {string.Join(",\n    ", Enumerable.Repeat("\"x\"", entries))}\n  ]"), Full.Log!, Full.Path!));

    [Theory]
    [InlineData(RecordLimits.Slots, true)]
    [InlineData(RecordLimits.Slots + 1, false)]
    public void Slots_are_as_many_as_they_may_be(int slots, bool taken)
    {
        const string slot = "    {\n      \"handle\": \"key1\",\n      \"fingerprint\": \"f\"\n    },\n";
        Assert.Equal(taken, AgreesWithReadingWhole(Replaced(slot, string.Concat(Enumerable.Repeat(slot, slots - 1))), Full.Log!, Full.Path!));
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void Members_lie_as_deep_as_they_may(int persons, bool taken)
    {
        var person = new PrincipalFacts("user", "u");
        for (var i = 1; i < persons; i++)
            person = new PrincipalFacts("user", "u", OnBehalfOf: person);
        var lines = Encoding.UTF8.GetString(Sealed(Full)).Split('\n').ToList();
        var (from, to) = (lines.IndexOf("  \"requestedBy\": {"), lines.IndexOf("  \"agent\": {"));
        // By hand: the serializer writes nothing that deep.
        List<string> deep = [];
        for (var i = 1; i <= persons; i++)
            deep.AddRange([$"{Indent(i)}\"{(i == 1 ? "requestedBy" : "onBehalfOf")}\": {{", $"{Indent(i + 1)}\"type\": \"user\",", $"{Indent(i + 1)}\"id\": \"u\"{(i < persons ? "," : "")}"]);
        for (var i = persons; i >= 1; i--)
            deep.Add($"{Indent(i)}}}{(i == 1 ? "," : "")}");
        Assert.Equal(taken, Agrees([.. lines[..from], .. deep, .. lines[to..]], $"{persons} persons"));
    }

    [Fact]
    public void No_change_of_bytes_makes_a_glance_take_what_reading_whole_refuses()
    {
        var examples = Enumerable.Range(0, 8).Select(i => Sealed(Full with { Summary = new string('s', i), Agent = i % 2 == 0 ? null : Full.Agent, Slots = i % 3 == 0 ? [] : Full.Slots, Error = i % 4 == 0 ? Full.Error : null })).ToArray();
        var mutator = new Mutator(examples, [.. new[] { "\": ", ",\n  \"", "\n    ", "\n  }", "\": {\n    \"", "\"late\": true", "\"sig\": \"", "\"path\": \"" }.Select(Encoding.UTF8.GetBytes)]);
        var taken = 0;
        for (var seed = 0; seed < 20_000; seed++)
            taken += AgreesWithReadingWhole(mutator.Next(new Random(seed)), Full.Log!, Full.Path!, seed.ToString(CultureInfo.InvariantCulture)) ? 1 : 0;
        Assert.InRange(taken, 1_000, 19_000);
    }

    [Fact]
    public void An_instant_is_one_that_NET_reads_in_the_two_forms() => Gen.Select(RecordGen.Instant, Gen.Bool, Gen.Int[0, 23], Gen.Char["0123456789-:.TZ +z\0a٣"], Gen.Int[0, 2]).Sample((instant, withMilliseconds, at, letter, change) =>
    {
        var text = instant.ToString(withMilliseconds ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        at = Math.Min(at, text.Length - 1);
        text = change switch { 0 => text, 1 => text[..at] + letter + text[(at + 1)..], _ => text[..at] + letter + text[at..] };
        var read = DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expected);
        Assert.Equal((read, expected), (RecordInstant.TryParse(Encoding.UTF8.GetBytes(text), out var found), found));
    }, iter: 20_000);

    private static string? Text(ReadOnlyMemory<byte>? utf8) => utf8 is { } text ? Encoding.UTF8.GetString(text.Span) : null;

    private static string Of(char letter, int times) => $"\"{new string(letter, times)}\"";

    private static string Indent(int depth) => new(' ', depth * 2);

    private static bool Agrees(string[] lines, string about) => AgreesWithReadingWhole(Encoding.UTF8.GetBytes(string.Join('\n', lines)), Full.Log!, Full.Path!, about);

    private static byte[] Replaced(string old, string replacement)
    {
        var text = Encoding.UTF8.GetString(Sealed(Full));
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(old, replacement, StringComparison.Ordinal));
    }
}
