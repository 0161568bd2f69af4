using Azure.Core;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Signing;

namespace Nhi.Azure.Evidence;

/// <summary>
/// A key in all its versions in Key Vault, enabled or not. A new version is how it rotates (<c>az keyvault key rotate</c>). The log key: within ten minutes the log names the new version in a batch that the former one signs, and from then on it signs.
/// Keep former versions of it enabled: logs that began with them are read by them, and for a day they sign checkpoints too. <c>producers</c>: instances that start from then on are certified by the new version, and what a former one certified stays authentic; one that has an expiry, or is disabled, certified nothing that is stored from then on.
/// </summary>
public sealed class KeyVaultKeyVersions : ILogKeys, IDisposable
{
    private const int MostVersions = 200;
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private readonly Uri _key;
    private readonly TimeProvider _timers;
    private readonly KeyVaultKeys _keys;
    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, KeyVaultSigner> _signers = new(StringComparer.Ordinal);
    private Known? _known;

    /// <param name="key">Key id, <c>https://{vault}/keys/{name}</c>; with a version, that one signs, and later ones are left out.</param>
    /// <param name="credential">Whoever may read and sign with it.</param>
    /// <param name="cloud">For the token's scope.</param>
    /// <param name="equipment">What every client has.</param>
    /// <param name="timers">Real time.</param>
    public KeyVaultKeyVersions(Uri key, TokenCredential credential, AzureCloud cloud, ClientEquipment equipment, TimeProvider timers) =>
        (_key, _timers, _keys) = (key, timers, new KeyVaultKeys(key, credential, cloud, equipment));

    public ReadOnlyMemory<byte>? First => null;

    public async ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => (await KnownAsync(fresh, ct)).Signing;

    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> KnownAsync(CancellationToken ct) => await (await KnownAsync(fresh: false, ct)).Every.PublicKeysAsync(ct);

    public async ValueTask<IReadOnlyList<ProducersKey>> EndingAsync(CancellationToken ct)
    {
        var known = await KnownAsync(fresh: false, ct);
        List<ProducersKey> ending = [];
        foreach (var (signer, (until, isDisabled)) in known.Every.Zip(known.Ends))
        {
            try
            {
                ending.Add(new ProducersKey(await signer.PublicKeyAsync(ct), until));
            }
            catch (SigningException) when (isDisabled)
            {
                // Key Vault does not show the public half of a disabled version: nothing of it counts, the others go on.
            }
        }

        return ending;
    }

    private async ValueTask<Known> KnownAsync(bool fresh, CancellationToken ct)
    {
        if (!fresh && Volatile.Read(ref _known) is { } known && _timers.GetElapsedTime(known.At) < Fresh)
            return known;
        await _one.WaitAsync(ct);
        try
        {
            known = await ListAsync(ct);
            Volatile.Write(ref _known, known);
            return known;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        foreach (var signer in _signers.Values)
            signer.Dispose();
        _one.Dispose();
    }

    private string Name => _key.Segments[2].Trim('/');

    private string? Pinned => _key.Segments.Length > 3 ? _key.Segments[3].Trim('/') : null;

    private async Task<Known> ListAsync(CancellationToken ct)
    {
        List<KeyItem> items = [];
        for (var path = $"/keys/{Name}/versions"; path is not null && items.Count < MostVersions;)
        {
            var page = await _keys.SendAsync(RequestMethod.Get, path, null, KeyJson.Default.KeyPage, "list the versions of", ct);
            items.AddRange(page.Value ?? []);
            path = Next(page.NextLink);
        }

        var ordered = items.Select(item => (Version: VersionOf(item.Kid)!, item.Attributes)).Where(item => item.Version is not null)
            .OrderBy(item => item.Attributes?.Created).ThenBy(item => item.Version, StringComparer.Ordinal).ToList();
        var signing = Pinned is { } pinned ? ordered.FindIndex(item => item.Version == pinned) + 1 : ordered.Count;
        if (signing == 0)
            throw new SigningException($"The key {_key} has no version of that name in its vault. Let the settings (Nhi__LogKey, Nhi__ProducersKey) name one that is there.");
        IReadOnlyList<ISigner> every = [.. ordered.Select(item => SignerOf(item.Version))];
        return new Known(every, [.. every.Take(signing)], [.. ordered.Select(item => End(item.Attributes))], _timers.GetTimestamp());
    }

    /// <summary>When a version ends: at its expiry; one that is disabled at its last change, which that was, or came later.</summary>
    private static (DateTimeOffset? Until, bool IsDisabled) End(KeyTimes? times)
    {
        var expiry = Instant(times?.Exp);
        if (times is not { Enabled: false })
            return (expiry, false);
        var disabled = Instant(times.Updated) ?? DateTimeOffset.UnixEpoch;
        return (expiry < disabled ? expiry : disabled, true);
    }

    private static DateTimeOffset? Instant(long? seconds) => seconds is >= 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value) : null;

    private KeyVaultSigner SignerOf(string version) =>
        _signers.TryGetValue(version, out var known) ? known : _signers[version] = new KeyVaultSigner(new Uri(_key, $"/keys/{Name}/{version}"), _keys);

    /// <summary>Only versions of this very key count, wherever an answer says that they lie.</summary>
    private string? VersionOf(string? kid) =>
        Uri.TryCreate(kid, UriKind.Absolute, out var id) && id.Segments is ["/", "keys/", var name, var version] && name.Equals(Name + "/", StringComparison.OrdinalIgnoreCase) ? version : null;

    /// <summary>The rest of a list, always from the vault of the settings; the API's version is put there by every request.</summary>
    private static string? Next(string? link)
    {
        if (!Uri.TryCreate(link, UriKind.Absolute, out var next))
            return null;
        var query = next.Query.TrimStart('?').Split('&').Where(part => part.Length > 0 && !part.StartsWith("api-version=", StringComparison.OrdinalIgnoreCase));
        return $"{next.AbsolutePath}?{string.Join('&', query)}";
    }

    /// <param name="Every">Every version, oldest first.</param>
    /// <param name="Signing">Those up to the one that the settings name.</param>
    /// <param name="Ends">Of every version; null for one without an end; and whether it is disabled.</param>
    /// <param name="At">When the vault was asked.</param>
    private sealed record Known(IReadOnlyList<ISigner> Every, IReadOnlyList<ISigner> Signing, IReadOnlyList<(DateTimeOffset? Until, bool IsDisabled)> Ends, long At);
}
