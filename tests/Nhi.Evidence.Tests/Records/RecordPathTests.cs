using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Records;

public sealed partial class RecordPathTests
{
    [Fact]
    public void A_name_shows_when_what_which_stage_and_which_attempt()
    {
        var intent = Samples.Intent();
        Assert.Equal($"records/2026/11/24/13/130507Z_payroll-api_rotate_1-intent_{intent.Op}.json", RecordPath.Of(intent));
        Assert.Equal($"records/2026/11/24/13/130507Z_payroll-api_rotate_2-RETRY_{intent.Op}.json", RecordPath.Of(Samples.Outcome(intent, "RETRY")));
        Assert.Equal($"records/2026/11/24/13/130507Z__rotate_3-unknown_{intent.Op}.json", RecordPath.Of(intent with { Credential = null, Stage = RecordStage.Reconciled, Result = "unknown" }));
    }

    [Fact]
    public void An_offset_does_not_change_the_name() =>
        Assert.Equal(RecordPath.Of(Samples.Intent()), RecordPath.Of(Samples.Intent(time: Samples.Start.ToOffset(TimeSpan.FromHours(9)))));

    [Fact]
    public void Any_name_is_listable_and_read_back() => RecordGen.Given.Sample(record =>
    {
        var path = RecordPath.Of(record);
        Assert.True(RecordPath.IsListable(path));
        Assert.True(RecordPath.TryParse(path, out var name));
        Assert.Equal((record.Time, record.Verb, RecordPath.StageOf(record), record.Op, null), (name.Time, name.Verb, name.Stage, name.Op, name.Suffix));
        Assert.StartsWith(RecordPath.HourFolder(record.Time), path, StringComparison.Ordinal);
        Assert.StartsWith(RecordPath.DayFolder(record.Time), path, StringComparison.Ordinal);
        var beside = RecordPath.Beside(path);
        Assert.True(RecordPath.TryParse(beside, out var besides));
        Assert.NotNull(besides.Suffix);
        Assert.Equal(path, RecordPath.Plain(beside));
        Assert.Equal(path, RecordPath.Plain(RecordPath.Beside(beside)));
        Assert.True(RecordPath.Fits(beside, record));
    }, iter: 500);

    [Fact]
    public void A_name_fits_a_record_when_it_is_its_own_but_for_a_squat_suffix_and_only_then() => Gen.Select(RecordGen.Core, RecordGen.Core, Gen.Int[0, 14], Gen.Int[0, 250], Gen.Char["09azAZ-_~./:\n漢"]).Sample((record, other, change, at, letter) =>
    {
        record = record with { Credential = at % 4 == 0 ? null : new CredentialFacts($"kv:kv1.vault.azure.net/{letter}{new string('n', at % 70)}", Name: at % 2 == 0 ? null : $"{letter}_{new string('m', at % 90)}") };
        var path = RecordPath.Of(record);
        at = Math.Min(at, path.Length - 1);
        var told = change switch
        {
            1 => record with { Op = other.Op },
            2 => record with { Time = record.Time.AddSeconds(at - 3) },
            3 => record with { Action = other.Action },
            4 => record with { Stage = other.Stage, Result = other.Result },
            5 => record with { Credential = other.Credential },
            6 when record.Credential is { } credential => record with { Credential = credential with { Name = credential.Name + letter } },
            7 when record.Credential is { } credential => record with { Credential = credential with { Id = credential.Id + letter } },
            8 => record with { Time = record.Time.ToOffset(TimeSpan.FromHours(9)) },
            _ => record,
        };
        var name = change switch
        {
            9 => path[..at] + letter + path[at..],
            10 => path[..at] + letter + path[(at + 1)..],
            11 => path[..at] + path[(at + 1)..],
            12 => RecordPath.Beside(path),
            13 => $"{RecordPath.Beside(path)[..^5]}~0123456789abcdef.json",
            14 => RecordPath.Of(other),
            _ => path,
        };
        Assert.Equal(RecordPath.IsListable(name) && RecordPath.Plain(name) == RecordPath.Of(told), RecordPath.Fits(name, told));
    }, iter: 5_000);

    [Fact]
    public void A_hostile_credential_name_stays_a_slug()
    {
        var path = RecordPath.Of(Samples.Intent(name: "../../a_b\nc/" + new string('x', 900)));
        Assert.True(RecordPath.IsListable(path));
        Assert.Contains("130507Z_------a-b-c-xxx", path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("records/2026/11/24/13/a\nb.json")]
    [InlineData("records/2026/11/24/13/a.json\n")]
    [InlineData("records/2026/11/24/13/a/b.json")]
    [InlineData("records/2026/11/24/13/.json")]
    [InlineData("records/2026/11/24/a.json")]
    [InlineData("records/٢٠٢٦/11/24/13/a.json")]
    [InlineData("Records/2026/11/24/13/a.json")]
    [InlineData("records/2026/11/24/13/a b.json")]
    [InlineData("log/000000/000000001.batch.txt")]
    [InlineData("")]
    public void A_name_that_no_batch_may_list(string path) => Assert.False(RecordPath.IsListable(path));

    [Fact]
    public void A_name_of_201_characters_is_too_long()
    {
        Assert.True(RecordPath.IsListable($"records/2026/11/24/13/{new string('a', 200)}.json"));
        Assert.False(RecordPath.IsListable($"records/2026/11/24/13/{new string('a', 201)}.json"));
    }

    [Theory]
    [InlineData("records/2026/11/24/13/136107Z_p_rotate_1-intent_00000000000000000000000000.json")]
    [InlineData("records/2026/11/24/14/130507Z_p_rotate_1-intent_00000000000000000000000000.json")]
    [InlineData("records/2026/13/24/13/130507Z_p_rotate_1-intent_00000000000000000000000000.json")]
    [InlineData("records/2026/11/24/13/130507Z_p_rotate_4-intent_00000000000000000000000000.json")]
    [InlineData("records/2026/11/24/13/130507Z_p_rotate_1-intent_0000000000000000000000000u.json")]
    public void A_name_that_no_record_has(string path) => Assert.False(RecordPath.TryParse(path, out _));

    /// <summary>The grammar of names, by two expressions.</summary>
    [Fact]
    public void Names_are_read_by_the_grammar_whatever_stands_there() => Gen.OneOf(
        Gen.String[Gen.Char["records/2026113Zapayloa_-~.j"], 0, 60],
        Gen.Select(RecordGen.Given, Gen.Int[0, 300], Gen.Char["0aZ_~-./\n9Ux"], Gen.Int[0, 3], (record, at, c, how) =>
        {
            var path = how == 3 ? RecordPath.Beside(RecordPath.Of(record)) : RecordPath.Of(record);
            at %= path.Length;
            return how switch { 0 => path, 1 => path[..at] + c + path[at..], 2 => path[..at] + path[(at + 1)..], _ => path[..at] + c + path[(at + 1)..] };
        })).Sample(path =>
    {
        Assert.Equal(path.Length <= 260 && ListablePattern().IsMatch(path), RecordPath.IsListable(path));
        var match = NamePattern().Match(path);
        var isName = RecordPath.IsListable(path) && match.Success
            && DateTimeOffset.TryParseExact(match.Groups["time"].Value, "yyyy/MM/dd/HH/HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
        Assert.Equal(isName, RecordPath.TryParse(path, out var name));
        if (name is not null)
            Assert.Equal((match.Groups["slug"].Value, match.Groups["verb"].Value, match.Groups["stage"].Value, match.Groups["op"].Value, match.Groups["suffix"].Value), (name.Slug, name.Verb, name.Stage, name.Op, name.Suffix ?? ""));
    }, iter: 3_000);

    [GeneratedRegex(@"\Arecords/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[A-Za-z0-9._~-]{1,200}\.json\z")]
    private static partial Regex ListablePattern();

    [GeneratedRegex(@"\Arecords/(?<time>[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/[0-9]{6}Z)_(?<slug>[A-Za-z0-9-]{0,60})_(?<verb>[A-Za-z0-9-]{1,40})_(?<stage>1-intent|2-[A-Za-z]{1,12}|3-reconciled|3-unknown)_(?<op>[0-9a-hjkmnp-tv-z]{26})(?:~(?<suffix>[0-9a-f]{16}))?\.json\z")]
    private static partial Regex NamePattern();
}
