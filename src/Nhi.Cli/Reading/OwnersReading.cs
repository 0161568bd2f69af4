using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals.Rules;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi owners</c>: who answers, as the last sweep saw it.</summary>
internal sealed class OwnersReading(IVaultRegistry vaults, IOwnerBook book, ICredentialVault vault, IPolicySource policies, PolicySubjects subjects)
{
    /// <summary>All that the book knows, or one credential.</summary>
    public async Task<Answer> ReadAsync(CredentialId? only, CancellationToken ct)
    {
        List<OwnedShape> owned = [];
        if (only is { } id)
            owned.Add(await ShapeAsync(await book.FindAsync(id, ct) ?? new OwnerEntry { Credential = id }, ct));
        else
            foreach (var governed in vaults.All)
                await foreach (var entry in book.OfVaultAsync(governed.Host, ct))
                    owned.Add(await ShapeAsync(entry, ct));
        var table = new Block(
            ["credential", "owner", "confidence", "via", "also named", "confirmed", "next due"],
            [.. owned.Select(one => (IReadOnlyList<string>)[
                one.Credential, one.Chosen is { } chosen ? Name(chosen) : "-", one.Chosen is { } sure ? $"{sure.Confidence}" : "-", one.Chosen?.Via ?? "-",
                one.RunnersUp.Count == 0 ? "-" : string.Join("; ", one.RunnersUp.Select(other => $"{Name(other)} ({other.Via}, {other.Confidence})")),
                one.Confirmed is { } at ? $"{Screen.At(at)} by {one.ConfirmedBy}" : "-", Screen.At(one.ConfirmBy)])]);
        return new Answer(new OwnersShape(owned), owned.Count == 0 ? [Block.Lines("No sweep has looked for owners yet.")] : [table]);
    }

    private static string Name(CandidateShape candidate) => $"{candidate.Name ?? candidate.Id}{(candidate.Left ? " (left)" : "")}";

    private async Task<OwnedShape> ShapeAsync(OwnerEntry entry, CancellationToken ct) => new(
        entry.Credential.ToString(),
        entry.Answer?.Chosen is { } chosen ? CandidateShape.Of(chosen) : null,
        [.. (entry.Answer?.RunnersUp ?? []).Select(CandidateShape.Of)],
        entry.Confirmed?.At, entry.Confirmed?.By,
        await DueAsync(entry, ct));

    /// <summary>One list of versions.</summary>
    private async Task<DateTimeOffset?> DueAsync(OwnerEntry entry, CancellationToken ct)
    {
        if (Credential.Of(entry.Credential, await vault.ListVersionsAsync(entry.Credential, ct)) is not { } credential)
            return null;
        var policy = (await policies.CurrentAsync(ct)).For(subjects.Of(credential));
        return AttestationLapsed.DueAt(policy, credential.Versions[0].Created, entry.Confirmed?.At) is var due && due < DateTimeOffset.MaxValue ? due : null;
    }
}
