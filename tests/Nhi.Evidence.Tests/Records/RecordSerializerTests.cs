using System.Text;
using CsCheck;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Records;

public sealed class RecordSerializerTests
{
    private static readonly byte[] Signature = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];

    private static byte[] Bytes(EvidenceRecord record) => RecordSerializer.Seal(RecordSerializer.Prefix(record), Signature);

    private static string Golden => Encoding.UTF8.GetString(Bytes(Samples.Intent() with { Log = "a/b", Path = "p", Summary = "Rotate 'x' + <y>: ü." }));

    [Fact]
    public void An_intent_has_exactly_these_bytes()
    {
        const string expected = """
            {
              "schema": "nhi-evidence/1",
              "log": "a/b",
              "path": "p",
              "op": "OP",
              "stage": "intent",
              "action": "credential.rotate",
              "time": "2026-11-24T13:05:07Z",
              "summary": "Rotate 'x' + <y>: ü.",
              "credential": {
                "id": "kv:kv1.vault.azure.net/payroll-api",
                "kind": "entra-app-secret",
                "name": "payroll-api"
              },
              "resource": {
                "id": "entra:payroll-api",
                "type": "application"
              },
              "rotation": "ROT",
              "fence": 1,
              "deadline": "2026-11-24T13:15:07Z",
              "sig": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
            }

            """;
        Assert.Equal(expected.Replace("\r", "", StringComparison.Ordinal).Replace("OP", Samples.Op(1), StringComparison.Ordinal).Replace("ROT", Samples.Op(1_000_001), StringComparison.Ordinal), Golden);
    }

    [Fact]
    public void What_is_signed_ends_before_the_comma_of_sig()
    {
        var bytes = Bytes(Samples.Intent());
        Assert.True(RecordSerializer.TrySplit(bytes, out var prefix, out var signature));
        Assert.Equal(Signature, signature);
        Assert.Equal(Encoding.UTF8.GetString(bytes).LastIndexOf(",\n  \"sig\"", StringComparison.Ordinal), Encoding.UTF8.GetString(prefix).Length);
    }

    [Fact]
    public void Any_record_fits_is_read_back_and_written_again_as_the_same_bytes() => RecordGen.Whole.Sample(record =>
    {
        var bytes = Bytes(record);
        Assert.True(bytes.Length <= RecordLimits.Bytes);
        Assert.Equal((byte)'\n', bytes[^1]);
        Assert.DoesNotContain((byte)'\r', bytes);
        var read = RecordSerializer.Read(bytes);
        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(record.Op, read.Op);
        Assert.Equal(record.Time, read.Time);
        Assert.Equal(RecordPath.Of(record), RecordPath.Of(read));
    }, iter: 400);

    [Fact]
    public void A_record_of_far_too_much_is_cut_and_still_fits()
    {
        var much = Enumerable.Range(0, 5_000).Select(i => $"{i}: {new string('ß', 3_000)}").ToArray();
        var record = Samples.Intent() with
        {
            Summary = "\ud83d" + string.Concat(Enumerable.Repeat("🔑", 50_000)),
            Controls = much,
            Error = new ErrorFacts(new string('c', 9_000), new string('\u0001', 9_000)),
            Decision = new DecisionFacts("allow", new string('p', 70_000), Reasons: much),
            Finding = new FindingFacts("s", "info", new string('r', 70_000), much),
            Coverage = new CoverageFacts("s", Samples.Start, Samples.Start, 1, 1, much),
            Resource = new ResourceFacts(new string('i', 70_000), Scope: much),
            Trigger = new TriggerFacts(new string('\\', 70_000), new string('"', 70_000), "t"),
        };
        var bytes = Bytes(record);
        Assert.True(bytes.Length <= RecordLimits.Bytes);
        var read = RecordSerializer.Read(bytes);
        Assert.EndsWith("…", read.Summary, StringComparison.Ordinal);
        Assert.Equal("… and 4985 more", read.Controls[^1]);
    }

    [Theory]
    [InlineData("a member that nobody knows", "\"time\":", "\"tempo\": \"x\",\n  \"time\":", "tempo")]
    [InlineData("a member twice", "\"time\":", "\"action\": \"credential.rotate\",\n  \"time\":", "action")]
    [InlineData("schema twice", "\"time\":", "\"schema\": \"nhi-evidence/1\",\n  \"time\":", "schema")]
    [InlineData("sig twice", "\"time\":", "\"sig\": \"x\",\n  \"time\":", "sig")]
    [InlineData("a fraction", "\"fence\": 1", "\"fence\": 1.0", "integer")]
    [InlineData("an exponent", "\"fence\": 1", "\"fence\": 1e0", "integer")]
    [InlineData("a number beyond 2^53", "\"fence\": 1", "\"fence\": 9007199254740992", "2^53")]
    [InlineData("a number that is a string", "\"fence\": 1", "\"fence\": \"1\"", "fence")]
    [InlineData("null", "\"fence\": 1", "\"fence\": null", "null")]
    [InlineData("a string that is a number", "\"summary\": \"Rotate 'x' + <y>: ü.\"", "\"summary\": 7", "summary")]
    [InlineData("a member of a member that nobody knows", "\"type\": \"application\"", "\"typ\": \"application\"", "resource")]
    [InlineData("an instant with an offset", "13:05:07Z", "13:05:07+00:00", "time")]
    [InlineData("milliseconds in time", "13:05:07Z", "13:05:07.123Z", "time")]
    [InlineData("an unknown stage", "\"intent\"", "\"intended\"", "stage")]
    [InlineData("an outcome without a result", "\"intent\"", "\"outcome\"", "result")]
    [InlineData("an action without a noun", "credential.rotate", "rotate", "action")]
    [InlineData("a comment", "\"time\":", "/* hi */\"time\":", "'/'")]
    [InlineData("a trailing comma", "\"deadline\": \"2026-11-24T13:15:07Z\"", "\"deadline\": \"2026-11-24T13:15:07Z\",", "comma")]
    [InlineData("a byte order mark", "{\n  \"schema\"", "\uFEFF{\n  \"schema\"", "schema")]
    [InlineData("another schema", "nhi-evidence/1", "nhi-evidence/2", "schema")]
    [InlineData("something after the end", "\"\n}\n", "\"\n}\n\n", "sig")]
    [InlineData("a lone surrogate", "ü", "\\ud800", "Unicode")]
    [InlineData("a missing member", "\"summary\": \"Rotate 'x' + <y>: ü.\",", "", "summary")]
    public void A_record_with_a_flaw_is_refused_and_the_flaw_named(string flaw, string old, string replacement, string named)
    {
        Assert.Contains(old, Golden, StringComparison.Ordinal);
        Assert.False(RecordSerializer.TryRead(Encoding.UTF8.GetBytes(Golden.Replace(old, replacement, StringComparison.Ordinal)), out _, out var why), flaw);
        Assert.Contains(named, why, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_strings_and_lists_are_bounded()
    {
        string With(string member) => Golden.Replace("\"fence\": 1", member, StringComparison.Ordinal);
        foreach (var (text, named) in new[]
        {
            (With($"\"controls\": {string.Concat(Enumerable.Repeat("[", 40))}{string.Concat(Enumerable.Repeat("]", 40))}"), "depth"),
            (With($"\"controls\": [{string.Join(",", Enumerable.Repeat("\"x\"", 257))}]"), "256"),
            (With($"\"shown\": \"{new string('x', 2_049)}\""), "2048"),
            (With($"\"location\": \"{new string('x', 513)}\""), "512"),
            (With($"\"shown\": \"{new string('x', 70_000)}\""), "65535"),
        })
        {
            Assert.False(RecordSerializer.TryRead(Encoding.UTF8.GetBytes(text), out _, out var why));
            Assert.Contains(named, why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Hostile_bytes_are_refused_never_thrown_upon() => Gen.Select(Gen.Int[0, 900], Gen.Byte.Array[1, 4]).Sample((at, junk) =>
    {
        var bytes = Encoding.UTF8.GetBytes(Golden);
        at = Math.Min(at, bytes.Length - junk.Length);
        junk.CopyTo(bytes, at);
        if (RecordSerializer.TryRead(bytes, out var record, out var why))
            Assert.Null(why);
        else
            Assert.Null(record);
    }, iter: 5_000);

    [Theory]
    [InlineData("op")]
    [InlineData("result")]
    [InlineData("time")]
    public void A_record_that_breaks_a_rule_is_not_written(string member)
    {
        var record = member switch
        {
            "op" => Samples.Intent() with { Op = "../../etc/passwd" },
            "result" => Samples.Intent() with { Result = "ok" },
            _ => Samples.Intent() with { Time = Samples.Start.AddMilliseconds(1) },
        };
        Assert.Contains("$." + member, Assert.Throws<RecordFormatException>(() => RecordSerializer.Prefix(record)).Message, StringComparison.Ordinal);
    }
}
