using CsCheck;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Records;

public sealed class RecordPathTests
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
}
