using System.Buffers.Binary;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests.Records;

public sealed class NameKeyTests
{
    /// <summary>From the reference implementation's vectors: key 00 to 0f, text 00, 01, 02… of that length.</summary>
    [Theory]
    [InlineData(0, "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "da87c1d86b99af44347659119b22fc45")]
    [InlineData(2, "8177228da4a45dc7fca38bdef60affe4")]
    public void It_is_SipHash_2_4_with_128_bits(int length, string expected)
    {
        var text = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Span<byte> found = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(found, NameKey.Of(text, 0x0706050403020100, 0x0f0e0d0c0b0a0908));
        Assert.Equal(expected, Convert.ToHexStringLower(found));
    }

    [Fact]
    public void Names_of_any_length_and_letters_that_differ_in_one_character_have_other_keys()
    {
        foreach (var length in (int[])[1, 7, 8, 9, 120, 340, 342, 5_000])
        {
            var name = new string('ä', length);
            Assert.Equal(NameKey.Of(name), NameKey.Of(new string('ä', length)));
            Assert.NotEqual(NameKey.Of(name), NameKey.Of(name[1..] + "b"));
            Assert.NotEqual(NameKey.Of(name), NameKey.Of(name + '\0'));
        }
    }
}
