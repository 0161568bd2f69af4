using System.Globalization;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Cli.Reading;

/// <summary>What the vault's own log says of a credential's readers: <c>nhi users</c>.</summary>
internal sealed class UsersReading(ICredentialVault vault, IUseFacts facts, IPolicySource policies, PolicySubjects subjects, TimeProvider clock)
{
    public async Task<Answer> ReadAsync(CredentialId id, CancellationToken ct)
    {
        var credential = Credential.Of(id, await vault.ListVersionsAsync(id, ct)) ?? throw new CliFailure($"There is no secret {id}, or it is soft-deleted. nhi status lists what is known.");
        var known = await facts.KnownAsync(id.Vault, ct);
        var users = (await facts.OfAsync(id, ct).ToListAsync(ct)).OrderByDescending(fact => fact.Last).ThenBy(fact => fact.Principal, StringComparer.Ordinal).ToList();
        var quiet = (await policies.CurrentAsync(ct)).For(subjects.Of(credential)).QuietPeriod;
        var superseded = credential.Versions.SkipLast(1).Where(version => !version.IsDead).Reverse()
            .Select(version => (Version: version, Judged: Revocability.Of(version, credential, users, known, quiet, clock.GetUtcNow())))
            .Select(one => new RevocableShape(one.Version.Version, credential.SupersededAt(one.Version)!.Value, one.Judged.Safe, one.Judged.Why)).ToList();
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
}
