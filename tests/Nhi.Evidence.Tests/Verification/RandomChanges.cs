using CsCheck;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>One random change of one file of a copy.</summary>
internal sealed record RandomChange(string Sort, uint File, uint Place, uint Value, uint Other)
{
    private static readonly string[] Sorts = ["flip a bit", "set a byte", "insert a byte", "drop a byte", "cut the end", "append", "delete", "rename", "copy", "swap", "replace", "new file", "zero a run", "double a run"];

    internal static readonly Gen<RandomChange> Gen = CsCheck.Gen.Select(CsCheck.Gen.Int[0, Sorts.Length - 1], CsCheck.Gen.UInt, CsCheck.Gen.UInt, CsCheck.Gen.UInt, CsCheck.Gen.UInt,
        (sort, file, place, value, other) => new RandomChange(Sorts[sort], file, place, value, other));

    /// <summary>Makes the change and returns the names that it touched; none where it came to nothing.</summary>
    internal IReadOnlyList<string> Apply(LogCopy copy)
    {
        var names = copy.Blobs.Keys.ToList();
        var path = names[(int)(File % names.Count)];
        var second = names[(int)(Other % names.Count)];
        var bytes = copy.Blobs[path].Bytes;
        var at = (int)(Place % bytes.Length);
        var length = Math.Min(1 + (int)(Value % 40), bytes.Length - at);
        switch (Sort)
        {
            case "delete":
                copy.Blobs.Remove(path);
                return [path];
            case "rename" or "copy" or "new file":
                return Move(copy, path, bytes);
            case "swap":
                if (bytes.AsSpan().SequenceEqual(copy.Blobs[second].Bytes))
                    return [];
                (copy.Blobs[path], copy.Blobs[second]) = ((copy.Blobs[second].Bytes, copy.Blobs[path].Created), (bytes, copy.Blobs[second].Created));
                return [path, second];
        }

        byte[] changed = Sort switch
        {
            "flip a bit" => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (int)(Value % 8))), .. bytes[(at + 1)..]],
            "set a byte" => [.. bytes[..at], (byte)Value, .. bytes[(at + 1)..]],
            "insert a byte" => [.. bytes[..at], (byte)Value, .. bytes[at..]],
            "drop a byte" => [.. bytes[..at], .. bytes[(at + 1)..]],
            "cut the end" => bytes[..at],
            "append" => [.. bytes, .. Enumerable.Repeat((byte)Value, length)],
            "zero a run" => [.. bytes[..at], .. new byte[length], .. bytes[(at + length)..]],
            "double a run" => [.. bytes[..(at + length)], .. bytes[at..]],
            _ => copy.Blobs[second].Bytes,
        };
        if (bytes.AsSpan().SequenceEqual(changed))
            return [];
        copy.Put(path, changed);
        return [path];
    }

    private List<string> Move(LogCopy copy, string path, byte[] bytes)
    {
        var slash = path.LastIndexOf('/') + 1;
        string[] targets =
        [
            path + "x", path[..^1], path.ToUpperInvariant(), path[..slash] + "0" + path[slash..], "x/" + path, Nhi.Evidence.Records.RecordPath.Beside(path), path.Replace("2026", "2027", StringComparison.Ordinal),
            Nhi.Evidence.Sequencing.BatchName.Of(Value % 20), Nhi.Evidence.Checkpoints.CheckpointName.Of(Value % 20), Nhi.Evidence.Checkpoints.CheckpointName.Beside(Value % 20, bytes),
        ];
        var target = targets[Place % targets.Length];
        if (target == path || (copy.Blobs.TryGetValue(target, out var there) && there.Bytes.AsSpan().SequenceEqual(bytes)))
            return [];
        copy.Put(target, Sort == "new file" ? [(byte)Value, (byte)Other] : bytes);
        if (Sort != "rename")
            return [target];
        copy.Blobs.Remove(path);
        return [path, target];
    }

    /// <summary>True when a finding names the file.</summary>
    internal static bool IsNamed(VerificationReport report, string path) =>
        report.Findings.Any(finding => finding.Severity != FindingSeverity.Information && finding.Path == FindingBook.Shown(path));
}
