using System.Globalization;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Cli.Reading;

/// <summary>What the vault's own log says of a credential's readers: <c>nhi users</c>.</summary>
internal sealed class UsersReading(ICredentialVault vault, IUseFacts facts, IPolicySource policies, PolicySubjects subjects)
{
    public async Task<Answer> ReadAsync(CredentialId id, CancellationToken ct)
    {
        var credential = Credential.Of(id, await vault.ListVersionsAsync(id, ct)) ?? throw new CliFailure($"There is no secret {id}, or it is soft-deleted. nhi status lists what is known.");
        var known = await facts.KnownAsync(id.Vault, ct);
        var users = (await facts.OfAsync(id, ct).ToListAsync(ct)).OrderByDescending(fact => fact.Last).ThenBy(fact => fact.Principal, StringComparer.Ordinal).ToList();
        var quiet = (await policies.CurrentAsync(ct)).For(subjects.Of(credential)).QuietPeriod;
        var superseded = credential.Versions.SkipLast(1).Where(version => !version.IsDead).Reverse().Select(version => Judge(version, credential, users, known, quiet)).ToList();
        var shape = new UsersShape(
            id.ToString(), known?.From, known?.To,
            [.. users.Select(fact => new UserShape(fact.Principal, fact.Name, fact.Version, fact.First, fact.Last, fact.Reads))], superseded);
        return new Answer(shape, [
            Block.Lines(known is null ? $"{id}: its vault's log was never seen, so nobody knows who reads it." : $"{id}: reads are known from {Screen.At(known.From)} to {Screen.At(known.To)}"),
            new Block(["Principal", "Name", "Version", "First", "Last", "Reads"], [.. users.Select(fact => (IReadOnlyList<string>)[
                fact.Principal, fact.Name ?? "-", fact.Version, Screen.At(fact.First), Screen.At(fact.Last), fact.Reads.ToString(CultureInfo.InvariantCulture)])]),
            new Block(["Superseded", "Since", "Safe to revoke", "Why"], [.. superseded.Select(one => (IReadOnlyList<string>)[one.Version, Screen.At(one.Since), one.Safe ? "yes" : "no", one.Why])]),
        ]);
    }

    /// <summary>A consumer that read the old version and never a later one still holds it, however long ago that was.</summary>
    internal static RevocableShape Judge(CredentialVersion version, Credential credential, IReadOnlyList<UseFact> users, UseWindow? known, TimeSpan quiet)
    {
        var since = credential.SupersededAt(version)!.Value;
        var later = credential.Versions.Where(other => other.Created > version.Created).Select(other => other.Version).ToHashSet(StringComparer.Ordinal);
        var readers = users.Where(fact => fact.Version == version.Version).ToList();
        var behind = readers.FirstOrDefault(reader => !users.Any(other => other.Principal == reader.Principal && later.Contains(other.Version) && other.Last >= reader.Last));
        var why = known is null ? "the vault's log was never seen"
            : known.From > since ? $"reads are known only from {Screen.At(known.From)} on"
            : behind is not null ? $"{behind.Name ?? behind.Principal} read it last at {Screen.At(behind.Last)} and no later version since"
            : readers.Where(reader => reader.Last + quiet > known.To).MaxBy(reader => reader.Last) is { } recent ? $"{recent.Name ?? recent.Principal} read it at {Screen.At(recent.Last)}"
            : null;
        return new RevocableShape(version.Version, since, why is null, why ?? (readers.Count == 0 ? "nobody read it since the log is known" : "every reader has read a later version since"));
    }
}
