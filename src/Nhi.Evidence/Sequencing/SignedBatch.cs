using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Sequencing;

/// <summary>A batch file as read: what it says, what of it is signed, by which key (its id) and the signature (r‖s). Whether it counts is for <see cref="BatchChain"/> to say.</summary>
public sealed record SignedBatch(BatchFile Batch, ReadOnlyMemory<byte> SignedText, string KeyId, ReadOnlyMemory<byte> Signature)
{
    /// <summary>True when that key (SPKI, DER) made the signature; false also where the bytes are no key.</summary>
    internal bool IsSignedBy(ReadOnlyMemory<byte> spki) => IdleKeys.Verify(spki.Span, BatchFile.SignedText(SignedText.Span), Signature.Span);
}
