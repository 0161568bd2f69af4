using CsCheck;
using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Tests.Verification;

public sealed class RecordGlanceTests
{
    private static EvidenceRecord? Glance(byte[] bytes, EvidenceRecord record) => RecordPath.TryParse(record.Path, out var name) ? RecordGlance.TryRead(bytes, record.Log!, record.Path!, name) : null;

    private static byte[] Sealed(EvidenceRecord record) => RecordSerializer.Seal(RecordSerializer.Prefix(record), new byte[RecordSerializer.SignatureBytes]);

    [Fact]
    public void A_glance_sees_what_reading_it_whole_sees() => RecordGen.Whole.Sample(record =>
    {
        var bytes = Sealed(record);
        var whole = RecordSerializer.Read(bytes);
        if (Glance(bytes, record) is not { } glanced)
        {
            Assert.True(whole.Coverage is not null || whole.Seal is not null || whole.Shard is not null);
            return;
        }

        Assert.Equal((whole.Log, whole.Path, whole.Op, whole.Stage, whole.Action, whole.Result, whole.Time), (glanced.Log, glanced.Path, glanced.Op, glanced.Stage, glanced.Action, glanced.Result, glanced.Time));
        Assert.Equal((whole.Recorded, whole.Deadline, whole.Late, whole.Intent, whole.Credential?.Id, whole.Credential?.Name), (glanced.Recorded, glanced.Deadline, glanced.Late, glanced.Intent, glanced.Credential?.Id, glanced.Credential?.Name));
        Assert.Equal((whole.Change?.Before?.Version, whole.Change?.After?.Version), (glanced.Change?.Before?.Version, glanced.Change?.After?.Version));
        Assert.Null(Glance(bytes, record with { Log = "other" }));
        Assert.Null(Glance(bytes, record with { Path = RecordPath.Beside(record.Path!) }));
    }, iter: 500);

    [Fact]
    public void No_change_of_a_record_makes_a_glance_throw_or_see_another_name_that_fits() => Gen.Select(RecordGen.Whole, Gen.Int, Gen.Byte, (record, at, value) => (record, at, value)).Sample(sample =>
    {
        var bytes = Sealed(sample.record);
        bytes[(sample.at & int.MaxValue) % bytes.Length] = sample.value;
        var glanced = Glance(bytes, sample.record);
        if (glanced is not null && RecordSerializer.TryRead(bytes, out var whole, out _))
            Assert.Equal((whole.Path, whole.Op, whole.Time, whole.Deadline), (glanced.Path, glanced.Op, glanced.Time, glanced.Deadline));
    }, iter: 1_000);

    [Fact]
    public void Hostile_bytes_are_not_glanced_at() => Gen.Byte.Array[0, 200].Sample(bytes => Glance([.. "{\n  \"schema\": \"nhi-evidence/1\","u8, .. bytes], Samples.Intent() with { Log = "l", Path = RecordPath.Of(Samples.Intent()) }) is null, iter: 2_000);
}
