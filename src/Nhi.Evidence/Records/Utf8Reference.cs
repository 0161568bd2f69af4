using System.Text;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Records;

/// <summary>Another record as a record names it: the two texts where they stand in its bytes, since nobody makes strings of what is only compared.</summary>
internal readonly record struct Utf8Reference(ReadOnlyMemory<byte> Path, ReadOnlyMemory<byte> Sha256)
{
    internal static Utf8Reference Of(RecordReference reference) => new(Encoding.UTF8.GetBytes(reference.Path), Encoding.UTF8.GetBytes(reference.Sha256));

    /// <summary>True when this is the name.</summary>
    internal bool IsTo(string path) => Ascii.Equals(Path.Span, path);

    /// <summary>True when this is the hash, in lower-case hex.</summary>
    internal bool HasHash(in TreeHash hash) => TreeHash.TryParseHex(Sha256.Span, out var said) && said == hash;

    internal RecordReference Text() => new(Encoding.UTF8.GetString(Path.Span), Encoding.UTF8.GetString(Sha256.Span));
}
