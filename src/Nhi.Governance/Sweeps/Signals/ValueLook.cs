using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// Reads values where a rotator may, under a rule that enforces and nowhere else: once for each new version, its keyed fingerprint and whether its provider takes it; expired versions, whether it still does.
/// A run reads so many and no more; the rest is "not looked" until the next one. What is learnt is noted beside the inventory, never the value.
/// </summary>
public sealed partial class ValueLook(ICredentialVault vault, IFingerprints fingerprints, ISweptEstate estate, ILogger<ValueLook> logger)
{
    /// <summary>An answer that may change is asked for again after this.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromDays(1);

    /// <summary>Superseded versions of one secret that are tried in one run.</summary>
    public const int MostExpired = 10;

    /// <summary>The credential with what is known of its values now. A value that cannot be read stays "not looked". Throws <see cref="ExternalCallException"/> only when the note cannot be kept.</summary>
    public async Task<SweptCredential> LookAsync(SweptCredential swept, EffectivePolicy policy, GovernedResource resource, IRotator rotator, LookBudget budget, DateTimeOffset now, CancellationToken ct)
    {
        if (!policy.Enforced || swept is not { Gone: null, Newest.Managed: false, Versions.Count: > 0 })
            return swept;
        var seen = swept;
        try
        {
            if (IsDue(swept, rotator, now) && budget.TryTake(swept.Id))
                seen = await CurrentAsync(seen, resource, rotator, budget, now, ct);
            if (rotator is IVerify verifier)
                seen = await ExpiredAsync(seen, resource, rotator, verifier, budget, now, ct);
        }
        catch (ExternalCallException e)
        {
            LogNotRead(swept.Id.ToString(), e.Message);
        }

        if (seen != swept)
            await estate.WriteAsync(seen, ct);
        return seen;
    }

    /// <summary>What the provider said of an expired version after its end; null where nobody asked it since.</summary>
    public static Verification? VerdictOf(SweptCredential swept, CredentialVersion version) =>
        version.Version == swept.VerifiedOf && swept.VerifiedAt >= version.Expires ? swept.Verified
        : swept.Tried.FirstOrDefault(tried => tried.Version == version.Version)?.Verification;

    private static bool IsDue(SweptCredential swept, IRotator rotator, DateTimeOffset now)
    {
        var current = swept.Versions[^1];
        if (!current.Enabled || current.IsDead)
            return false;
        if (swept.FingerprintOf != current.Version)
            return true;
        if (rotator is not IVerify)
            return false;
        var old = swept.VerifiedAt is not { } at || at + Again <= now;
        return swept.VerifiedOf != current.Version
            || (swept.Verified != Verification.Accepted && old)
            || (current.Expires <= now && (old || swept.VerifiedAt < current.Expires));
    }

    private async Task<SweptCredential> CurrentAsync(SweptCredential swept, GovernedResource resource, IRotator rotator, LookBudget budget, DateTimeOffset now, CancellationToken ct)
    {
        var current = swept.Versions[^1];
        if (await ReadAsync(swept.Id, current.Version, budget, ct) is not { } value)
            return swept;
        var published = rotator.Read(resource, value);
        var seen = swept with { Fingerprint = await fingerprints.OfAsync(published.Secret, ct), FingerprintOf = current.Version };
        return rotator is IVerify verifier
            ? seen with { Verified = (await verifier.VerifyAsync(resource, PlaceOf(rotator, resource, current, published), published.Secret, ct)).Verification, VerifiedAt = now, VerifiedOf = current.Version }
            : seen;
    }

    private async Task<SweptCredential> ExpiredAsync(SweptCredential swept, GovernedResource resource, IRotator rotator, IVerify verifier, LookBudget budget, DateTimeOffset now, CancellationToken ct)
    {
        var expired = swept.Versions.SkipLast(1).Where(version => version.Expires <= now && version.Enabled && !version.IsDead).Reverse().Take(MostExpired).ToList();
        var tried = swept.Tried.Where(known => expired.Any(version => version.Version == known.Version)).ToDictionary(known => known.Version, StringComparer.Ordinal);
        var changed = tried.Count != swept.Tried.Count;
        foreach (var version in expired)
        {
            if (tried.TryGetValue(version.Version, out var known) && (known.Verification == Verification.Refused || known.At + Again > now))
                continue;
            if (!budget.TryTake(swept.Id) || await ReadAsync(swept.Id, version.Version, budget, ct) is not { } value)
                continue;
            var published = rotator.Read(resource, value);
            tried[version.Version] = new TriedVersion(version.Version, (await verifier.VerifyAsync(resource, PlaceOf(rotator, resource, version, published), published.Secret, ct)).Verification, now);
            changed = true;
        }

        return changed ? swept with { Tried = [.. tried.Values.OrderBy(known => known.Version, StringComparer.Ordinal)] } : swept;
    }

    private async Task<SecretMaterial?> ReadAsync(CredentialId id, string version, LookBudget budget, CancellationToken ct)
    {
        try
        {
            var value = (await vault.ReadAsync(id, version, ct))?.Value;
            budget.Got(id);
            return value;
        }
        catch (ExternalCallException)
        {
            budget.Refused(id);
            throw;
        }
    }

    private static string? PlaceOf(IRotator rotator, GovernedResource resource, CredentialVersion version, PublishedValue published) =>
        Handle.Told(rotator, resource, version) is { } handle ? Handle.Place(handle) : published.Handle;

    [LoggerMessage(2401, LogLevel.Warning, "{Credential}: its value was not looked at. {Why}")]
    private partial void LogNotRead(string credential, string why);
}

/// <summary>So many values a run reads at most; a vault that hands out none is soon asked for none any more. Safe for concurrent use.</summary>
public sealed class LookBudget(int most)
{
    /// <summary>Refusals one after the other, of secrets of one vault, after which it is left alone for this run: one secret may have rights of its own.</summary>
    public const int MostRefusals = 5;

    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private int _left = most;

    /// <summary>False when there is none left, or that vault hands none out.</summary>
    public bool TryTake(CredentialId id) => _refusals.GetValueOrDefault(id.Vault) < MostRefusals && Interlocked.Decrement(ref _left) >= 0;

    /// <summary>Its vault gave a value.</summary>
    public void Got(CredentialId id) => _refusals.TryRemove(id.Vault, out _);

    /// <summary>Its vault gave none: it does not count.</summary>
    public void Refused(CredentialId id)
    {
        _refusals.AddOrUpdate(id.Vault, 1, (_, count) => count + 1);
        Interlocked.Increment(ref _left);
    }
}
