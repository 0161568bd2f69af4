using System.Security.Cryptography;
using System.Text;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Proofs;

namespace Nhi.Cli.Verifying;

/// <summary><c>nhi verify --record FILE --proof PROOF</c>: two files and the log's public key, nothing else.</summary>
internal static class ProofCheck
{
    private const int MostProofBytes = 1 << 20;

    /// <summary>Which log it has to be is what the record itself says; the checkpoint has to be of that one. Producers' keys are optional: the checkpoint vouches for the same bytes.</summary>
    public static Answer Check(string record, string proof, TrustedKeys keys)
    {
        var bytes = Read(record, RecordLimits.Bytes, "record");
        var text = Encoding.UTF8.GetString(Read(proof, MostProofBytes, "proof"));
        if (!RecordSerializer.TryRead(bytes, out var read, out var why) || read is not { Log: { } log, Path: { } path })
            return Of(null, null, bytes, null, null, $"'{record}' is no record: {why ?? "it names no log and no path"}", keys);
        if (!TlogProof.TryParse(text, out var parsed, out why))
            return Of(log, path, bytes, null, null, $"'{proof}' is no proof: {why}", keys);
        why = parsed.Check(bytes, log, keys.Log);
        if (why is null && keys.Producers.Count > 0)
        {
            using var authenticity = new RecordAuthenticity(keys.Producers);
            why = authenticity.Check(bytes, path, log).Why;
        }

        var checkpoint = why is null && SignedNote.TryParse(Encoding.UTF8.GetBytes(parsed.Checkpoint), out var note, out _) && Checkpoint.TryParse(note.Text, out var known, out _) ? known : null;
        return Of(log, path, bytes, parsed.Index, checkpoint, why, keys);
    }

    private static Answer Of(string? log, string? path, byte[] bytes, long? index, Checkpoint? checkpoint, string? why, TrustedKeys keys)
    {
        var shape = new ProofCheckedShape(why is null, log, path, Convert.ToHexStringLower(SHA256.HashData(bytes)), index, checkpoint?.Batch, checkpoint?.Size, keys.Producers.Count > 0, why);
        return new Answer(shape, [Block.Lines(why is null
            ? [$"{log}/{path}", $"   is leaf {index} of the {checkpoint?.Size} in the log as of batch {checkpoint?.Batch}, by a checkpoint that the log key signed",
                keys.Producers.Count > 0 ? $"   and a certified producer signed it.{(keys.Producers.Any(key => key.Until is not null) ? " Not looked at: when it was stored; nhi verify on a download with blobs.csv asks whether that was before the key ended." : "")}" : "   Not looked at: the producer's own signature; --producers-key checks that too."]
            : [$"!! {why}.", "   remedy:   Get record and proof anew (nhi evidence prove PATH --out PROOF --record-out RECORD), and the log's key from outside the log."])], why is null ? ExitCode.Fine : ExitCode.Findings);
    }

    private static byte[] Read(string file, int most, string what)
    {
        try
        {
            return new FileInfo(file).Length > most ? throw new CliFailure($"'{file}' is too long for a {what}: more than {most} bytes.") : File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The {what} '{file}' cannot be read: {e.Message}");
        }
    }
}
