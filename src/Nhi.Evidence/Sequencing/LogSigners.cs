using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Sequencing;

/// <summary>The versions of the log key that this process can sign with, by their public keys; oldest first.</summary>
internal sealed class LogSigners
{
    private readonly IReadOnlyList<(ReadOnlyMemory<byte> Spki, ISigner Signer)> versions;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> known;

    private LogSigners(IReadOnlyList<(ReadOnlyMemory<byte>, ISigner)> versions, IReadOnlyList<ReadOnlyMemory<byte>> known, ReadOnlyMemory<byte>? first) =>
        (this.versions, this.known, First) = (versions, known, first);

    internal static async Task<LogSigners> ReadAsync(ILogKeys keys, bool fresh, CancellationToken ct)
    {
        List<(ReadOnlyMemory<byte>, ISigner)> versions = [];
        foreach (var signer in await keys.AllAsync(fresh, ct))
            versions.Add((await signer.PublicKeyAsync(ct), signer));
        return versions.Count == 0 ? throw new SigningException("The log key has no version: nothing can be signed.") : new LogSigners(versions, await keys.KnownAsync(ct), keys.First);
    }

    private ReadOnlyMemory<byte>? First { get; }

    /// <summary>What a log may begin with.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> FirstKeys => First is { } first ? [first] : [.. versions.Select(version => version.Spki)];

    /// <summary>The version that signs from now on.</summary>
    internal ReadOnlyMemory<byte> Newest => versions[^1].Spki;

    /// <summary>Null where this process does not have that key.</summary>
    internal ISigner? Of(LogKey key) => versions.FirstOrDefault(version => version.Spki.Span.SequenceEqual(key.Spki.Span)).Signer;

    /// <summary>True for every version that the key's keeper has, and for the key that the log is said to have begun with, whether this process signs with it or not.</summary>
    internal bool IsVersion(LogKey key) => Of(key) is not null || known.Any(spki => spki.Span.SequenceEqual(key.Spki.Span)) || (First is { } first && first.Span.SequenceEqual(key.Spki.Span));

    /// <summary>True when these keys are the versions, no more and no fewer.</summary>
    internal bool Are(IReadOnlyList<LogKey> keys) => keys.All(key => Of(key) is not null) && versions.All(version => keys.Any(key => key.Spki.Span.SequenceEqual(version.Spki.Span)));
}
