using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Sequencing;

/// <summary>The versions of the log key that this process can sign with, by their public keys; oldest first.</summary>
internal sealed class LogSigners
{
    private readonly IReadOnlyList<(ReadOnlyMemory<byte> Spki, ISigner Signer)> versions;

    private LogSigners(IReadOnlyList<(ReadOnlyMemory<byte>, ISigner)> versions, ReadOnlyMemory<byte>? first) => (this.versions, First) = (versions, first);

    internal static async Task<LogSigners> ReadAsync(ILogKeys keys, bool fresh, CancellationToken ct)
    {
        List<(ReadOnlyMemory<byte>, ISigner)> versions = [];
        foreach (var signer in await keys.AllAsync(fresh, ct))
            versions.Add((await signer.PublicKeyAsync(ct), signer));
        return versions.Count == 0 ? throw new SigningException("The log key has no version: nothing can be signed.") : new LogSigners(versions, keys.First);
    }

    private ReadOnlyMemory<byte>? First { get; }

    /// <summary>What a log may begin with.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> FirstKeys => First is { } first ? [first] : [.. versions.Select(version => version.Spki)];

    /// <summary>The version that signs from now on.</summary>
    internal ReadOnlyMemory<byte> Newest => versions[^1].Spki;

    /// <summary>Null where this process does not have that key.</summary>
    internal ISigner? Of(LogKey key) => versions.FirstOrDefault(version => version.Spki.Span.SequenceEqual(key.Spki.Span)).Signer;

    /// <summary>True when these keys are the versions, no more and no fewer.</summary>
    internal bool Are(IReadOnlyList<LogKey> keys) => keys.All(key => Of(key) is not null) && versions.All(version => keys.Any(key => key.Spki.Span.SequenceEqual(version.Spki.Span)));
}
