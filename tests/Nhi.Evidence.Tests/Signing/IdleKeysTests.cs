using System.Security.Cryptography;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Tests.Signing;

public sealed class IdleKeysTests
{
    [Fact]
    public async Task A_key_serves_one_at_a_time_however_often_it_is_given_back()
    {
        using var signer = PemSigner.Create();
        var spki = (await signer.PublicKeyAsync(default)).ToArray();
        var note = new NoteKey(EvidenceBench.Origin, spki);
        note.Dispose();
        note.Dispose();
        using var one = IdleKeys.TryTake(spki);
        using var other = IdleKeys.TryTake(spki);
        Assert.NotNull(one);
        Assert.NotSame(one, other);
    }

    [Fact]
    public async Task Of_any_number_of_keys_each_verifies_what_it_signed_and_nothing_else()
    {
        var text = "said"u8.ToArray();
        for (var i = 0; i < 150; i++)
        {
            using var signer = PemSigner.Create();
            var spki = (await signer.PublicKeyAsync(default)).ToArray();
            var signature = await signer.SignAsync(SHA256.HashData(text), default);
            for (var again = 0; again < 2; again++)
            {
                Assert.True(IdleKeys.Verify(spki, text, signature));
                Assert.False(IdleKeys.Verify(spki, text.AsSpan(1), signature));
            }

            Assert.False(IdleKeys.Verify(spki.AsSpan(1), text, signature));
        }
    }
}
