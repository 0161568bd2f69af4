using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>
/// A provider has credentials that no vault in scope holds. Only where credentials come and go one by one: slots, pairs and principals are always there, the idle one too.
/// What a crashed attempt of ours left bears the name of its rotation and is being chased; what expired opens nothing.
/// A version whose handle nobody knows may be one of them, where it was written after that one was made and has not ended: as many of them say nothing.
/// </summary>
public sealed class Shadow : ISignal<ResourceView>
{
    private const int Most = 20;

    /// <summary>A version is written when its credential is made, or later; clocks differ.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromHours(1);

    public string Name => SignalNames.Shadow;

    public SignalVerdict Judge(ResourceView view)
    {
        if (view.Overlap is null || view.Secrets is null || view.Swept.Exists is null)
            return SignalVerdict.NotLooked;
        if (view.Overlap != OverlapClass.Multi || view.Swept.Exists == false)
            return SignalVerdict.NotSo;
        if (view.Secrets.Any(secret => secret.Versions.Count == 0 && !secret.Newest.Managed))
            return SignalVerdict.NotLooked;
        var versions = view.Secrets.SelectMany(secret => secret.Versions).ToList();
        var held = versions.Select(HandleOf).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unheld = view.Swept.Credentials
            .Where(credential => !held.Contains(credential.Place) && !(credential.Expires <= view.Now) && !IsLeftover(credential, view.Rotations))
            .OrderBy(credential => credential.Place, StringComparer.Ordinal)
            .ToList();
        var unknown = Explained(unheld, [.. versions.Where(version => !version.IsDead && !(version.Expires <= view.Now) && HandleOf(version) is null)]);
        if (unheld.Count <= unknown)
            return SignalVerdict.NotSo;
        return SignalVerdict.So(
            SignalScore.Of(45, view),
            "Find out who made it and who uses it. Put it into a vault in scope and name it (nhi adopt NAME --handle HANDLE), or remove it at its provider.",
            [
                .. unheld.Take(Most).Select(credential => $"{credential.Place}{(credential.Name is { Length: > 0 } name ? $" ({name})" : "")}{(credential.Created is { } made ? $", made {SignalText.At(made)}" : "")}, is held by no version that is known."),
                .. unheld.Count > Most ? [$"And {unheld.Count - Most} more."] : Array.Empty<string>(),
                .. unknown > 0 ? [$"Of these, {unknown} may be what versions without a known handle hold."] : Array.Empty<string>(),
            ]);
    }

    /// <summary>How many of them such versions may be, each one: the youngest first, since what may be it may be every older one too.</summary>
    private static int Explained(IReadOnlyList<ProviderCredential> unheld, IReadOnlyList<CredentialVersion> unknown)
    {
        var explained = 0;
        foreach (var credential in unheld.OrderByDescending(credential => credential.Created ?? DateTimeOffset.MinValue))
            if (unknown.Count(version => !(version.Created < credential.Created - _slack)) > explained)
                explained++;
        return explained;
    }

    private static string? HandleOf(CredentialVersion version) => version.Nhi?.Handle is { } handle && handle != Handle.Unknown ? handle : null;

    private static bool IsLeftover(ProviderCredential credential, IReadOnlySet<string> rotations) =>
        credential.Name is { } name && name.StartsWith(RotationId.DisplayPrefix, StringComparison.Ordinal) && rotations.Contains(name[RotationId.DisplayPrefix.Length..]);
}
