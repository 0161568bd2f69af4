using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Debts;

/// <summary>
/// A handle that is owed: superseded, not proven dead, not shared with the current version. Derived from versions, never remembered.
/// <paramref name="Since"/>: when the last version with it stopped being current; <paramref name="Due"/>: when its overlap ends. UTC.
/// </summary>
public sealed record Debt(CredentialId Credential, string Handle, IReadOnlyList<CredentialVersion> Versions, DateTimeOffset Since, DateTimeOffset Due)
{
    /// <summary>
    /// The debts of one secret. <paramref name="handleOf"/> says what is known of a version's handle; versions with an unknown one owe nothing here (they are a finding until a person names it).
    /// </summary>
    public static IReadOnlyList<Debt> Of(Credential credential, EffectivePolicy policy, Func<CredentialVersion, string?> handleOf)
    {
        var current = credential.Current;
        var living = current.IsDead ? null : handleOf(current);
        var debts = new List<Debt>();
        foreach (var owed in credential.Versions.SkipLast(1).Where(version => !version.IsDead).GroupBy(handleOf))
        {
            if (owed.Key is not { } handle || handle == Kinds.Handle.Unknown || handle == living)
                continue;

            // Every version with that handle counts for "when it stopped being current", those that are buried too.
            var last = credential.Versions.SkipLast(1).Last(version => handleOf(version) == handle);
            var since = credential.SupersededAt(last)!.Value;
            var successor = credential.Versions[credential.Versions.IndexOf(last) + 1];
            var promised = TimeSpan.FromSeconds(successor.Nhi is { Rotation: not null, OverlapSeconds: { } told } ? told : 0);
            var overlap = promised > policy.Overlap ? promised : policy.Overlap;
            var from = since > current.Updated ? since : current.Updated;
            debts.Add(new Debt(credential.Id, handle, [.. owed], since, from + overlap));
        }

        return debts;
    }
}
