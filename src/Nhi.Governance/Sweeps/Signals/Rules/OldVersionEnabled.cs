using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>A superseded version is enabled although its credential is proven dead: somebody enabled it again. One within its overlap, or still owed, is not dead and no finding.</summary>
public sealed class OldVersionEnabled : ISignal<CredentialView>
{
    private const int Most = 10;

    public string Name => SignalNames.OldVersionEnabled;

    public SignalVerdict Judge(CredentialView view)
    {
        if (!view.VersionsKnown)
            return SignalVerdict.NotLooked;
        var versions = view.Swept.Versions;
        var old = versions.SkipLast(1).Where(version => version.Enabled && IsDead(versions, version, view.Overlap)).ToList();
        return old.Count == 0
            ? SignalVerdict.NotSo
            : SignalVerdict.So(
                SignalScore.Of(10, view),
                $"Whoever reads it gets a value that opens nothing: disable it, and find out who enabled it (nhi show {view.Swept.Id}).",
                [.. old.Take(Most).Select(version => $"{SignalText.Of(version)}, is enabled; its credential is proven dead."), .. old.Count > Most ? [$"And {old.Count - Most} more."] : Array.Empty<string>()]);
    }

    /// <summary>
    /// By its own mark, or since another version with its handle is marked. A role goes on under the same name with another value, so there only a later version's death says that an earlier one is dead.
    /// </summary>
    private static bool IsDead(IReadOnlyList<CredentialVersion> versions, CredentialVersion version, OverlapClass? overlap)
    {
        if (version.IsDead)
            return true;
        if (version.Nhi?.Handle is not { } handle || handle == Handle.Unknown || overlap is null or OverlapClass.Retire || (versions[^1].Nhi?.Handle == handle && overlap is OverlapClass.Multi or OverlapClass.DualSlot))
            return false;
        return versions.Any(other => other.IsDead && other.Nhi?.Handle == handle && (overlap is OverlapClass.Multi or OverlapClass.DualSlot || versions.IndexOf(other) > versions.IndexOf(version)));
    }
}
