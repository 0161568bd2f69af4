using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>A key in its versions: it rotates, processes learn of that when they ask, and somebody may disable it.</summary>
internal sealed class AttackKeys : IDisposable
{
    private readonly List<Version> versions = [];

    internal AttackKeys() => Rotate();

    internal bool IsDisabled { get; set; }

    internal ISigner Newest => versions[^1];

    internal IReadOnlyList<ISigner> All => [.. versions];

    internal void Rotate() => versions.Add(new Version(this));

    internal async Task<IReadOnlyList<ReadOnlyMemory<byte>>> PublicAsync() => await All.PublicKeysAsync(default);

    /// <summary>The versions as a process has them that knows those of now until it asks again.</summary>
    internal ILogKeys Known() => new Seen(this);

    public void Dispose() => versions.ForEach(version => version.Dispose());

    private sealed class Version(AttackKeys keys) : ISigner, IDisposable
    {
        private readonly PemSigner key = PemSigner.Create();

        public ValueTask<ReadOnlyMemory<byte>> PublicKeyAsync(CancellationToken ct) => key.PublicKeyAsync(ct);

        public Task<byte[]> SignAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => keys.IsDisabled ? throw new SigningException("The key is disabled.") : key.SignAsync(digest, ct);

        public void Dispose() => key.Dispose();
    }

    private sealed class Seen(AttackKeys keys) : ILogKeys
    {
        private IReadOnlyList<ISigner> known = keys.All;

        public ReadOnlyMemory<byte>? First => null;

        public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new(known = fresh ? keys.All : known);
    }
}
