using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>Whether a superseded version can be revoked without anybody noticing, as far as the vault's own log knows, and why.</summary>
public sealed record Revocability(bool Safe, string Why)
{
    /// <summary>
    /// A consumer that read the version and nothing later since still holds it, however long ago that was: so its reads must be known since it was made, up to nearly now, and for a quiet period after it was superseded.
    /// </summary>
    /// <param name="version">A version of <paramref name="credential"/> that is not the current one.</param>
    /// <param name="credential">The credential, with all its versions.</param>
    /// <param name="users">All reads of it that are known.</param>
    /// <param name="known">The window in which they are all known; null where the vault's log was never seen.</param>
    /// <param name="quiet">How long nobody may have read it.</param>
    /// <param name="now">Governance time, UTC.</param>
    public static Revocability Of(CredentialVersion version, Credential credential, IReadOnlyList<UseFact> users, UseWindow? known, TimeSpan quiet, DateTimeOffset now)
    {
        var since = credential.SupersededAt(version) ?? throw new ArgumentException($"Version {version.Version} is the current one.", nameof(version));
        if (known is null)
            return new(false, "the vault's log was never seen");
        if (known.From > version.Created)
            return new(false, $"reads are known only from {SignalText.At(known.From)} on, and it is older");
        if (known.StandsStill(now))
            return new(false, $"the vault's log ends at {SignalText.At(known.To)}");
        if (known.To < since + quiet)
            return new(false, $"it was superseded at {SignalText.At(since)}, and a quiet period since is not over");
        var readers = users.Where(fact => fact.Version == version.Version || (fact.Version == UseFact.Latest && fact.First < since && fact.Last >= version.Created)).ToList();
        if (readers.FirstOrDefault(reader => !WentOn(reader)) is { } behind)
            return new(false, $"{behind.Name ?? behind.Principal} read it last at {SignalText.At(behind.Last)} and no later version since");
        return readers.Where(reader => reader.Version == version.Version && reader.Last + quiet > known.To).MaxBy(reader => reader.Last) is { } recent
            ? new(false, $"{recent.Name ?? recent.Principal} read it at {SignalText.At(recent.Last)}")
            : new(true, readers.Count == 0 ? "nobody read it since it was made" : "every reader has read a later version since");

        // Whom nobody knows nobody can follow.
        bool WentOn(UseFact reader) => reader.Principal != UseFact.Unnamed && users.Any(other => other.Principal == reader.Principal && IsLater(other) && other.Last >= reader.Last);

        bool IsLater(UseFact fact) => fact.Version == UseFact.Latest ? fact.Last >= since : credential.Versions.Any(other => other.Version == fact.Version && other.Created > version.Created);
    }
}
