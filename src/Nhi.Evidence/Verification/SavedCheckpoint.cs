using System.Diagnostics.CodeAnalysis;
using Nhi.Evidence.Checkpoints;

namespace Nhi.Evidence.Verification;

/// <summary>A checkpoint that the auditor saved: what it says, and the note.</summary>
internal sealed record SavedCheckpoint(Checkpoint Checkpoint, ReadOnlyMemory<byte> Note)
{
    /// <summary>Reads the note, or says why it is none. Its signature is not asked for: the auditor kept it, and what it is compared with is signed.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> note, [NotNullWhen(true)] out SavedCheckpoint? saved, out string? why)
    {
        saved = null;
        if (!SignedNote.TryParse(note.Span, out var signed, out why) || !Checkpoint.TryParse(signed.Text, out var checkpoint, out why))
            return false;
        saved = new SavedCheckpoint(checkpoint, note);
        return true;
    }
}
