using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Checkpoints;

/// <summary>Checkpoints as signed notes.</summary>
public static class CheckpointNote
{
    /// <summary>The checkpoint's signature by one key. Throws <see cref="SigningException"/> when its keeper does not sign.</summary>
    public static async Task<NoteSignature> SignatureAsync(Checkpoint checkpoint, ISigner signer, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(signer);
        var spki = await signer.PublicKeyAsync(ct);
        var signature = await signer.SignAsync(SHA256.HashData(Encoding.UTF8.GetBytes(checkpoint.Text())), ct);
        return new NoteSignature(checkpoint.Origin, Es256.KeyId(spki.Span), Es256.ToDer(signature));
    }

    /// <summary>Signs the checkpoint with each of the keys, and returns the note's bytes. Throws <see cref="SigningException"/> when a keeper does not sign.</summary>
    public static async Task<byte[]> SignAsync(Checkpoint checkpoint, IReadOnlyList<ISigner> signers, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(signers);
        List<NoteSignature> signatures = [];
        foreach (var signer in signers)
            signatures.Add(await SignatureAsync(checkpoint, signer, ct));
        return new SignedNote(checkpoint.Text(), signatures).Format();
    }

    /// <summary>
    /// Judges the note at a name of batch <paramref name="batch"/>: its form, its origin, its batch, and its signatures by the keys that count there. Whether size and root are what the batches yield is for the caller to compare:
    /// a signed checkpoint that they do not yield is a <c>FORK</c>.
    /// </summary>
    public static CheckpointJudgement Judge(ReadOnlySpan<byte> note, string origin, long batch, IEnumerable<NoteKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (!SignedNote.TryParse(note, out var signed, out var why))
            return Void(why);
        if (!Checkpoint.TryParse(signed.Text, out var checkpoint, out why))
            return Void(why);
        if (checkpoint.Origin != origin)
            return Void("it is for another log");
        if (checkpoint.Batch != batch)
            return Void($"it says batch {checkpoint.Batch} at a name of batch {batch}");
        var text = Encoding.UTF8.GetBytes(signed.Text);
        List<string> verified = [];
        var known = keys.ToLookup(key => (key.Name, key.KeyId));
        foreach (var signature in signed.Signatures)
        {
            // An id has four bytes: a thief finds a key that shares it with an honest one, and then only one of them verifies.
            var ofId = known[(signature.Name, signature.KeyId)].ToList();
            if (ofId.Count == 0)
                continue;
            if (!ofId.Exists(key => key.Verify(text, signature)))
                return Void($"the signature of the log key {signature.KeyId} does not verify");
            verified.Add(signature.KeyId);
        }

        return verified.Count == 0 ? Void("no log key that counts here signed it") : new CheckpointJudgement(checkpoint, verified, null);
    }

    private static CheckpointJudgement Void(string why) => new(null, [], why);
}
