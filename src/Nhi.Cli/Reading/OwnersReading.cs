using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Signals.Rules;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi owners</c>: who answers, as the last sweep saw it. No vault is asked: one that is out of reach keeps nobody from the answer.</summary>
internal sealed class OwnersReading(IVaultRegistry vaults, IOwnerBook book, ISweptEstate estate, IPolicySource policies, PolicySubjects subjects)
{
    private const string NeverSeen = "no sweep has seen it yet";

    /// <summary>All that the book knows, of one vault where <paramref name="host"/> is given, or one credential. Exits 1 when it is not known of one of them when its confirmation is due.</summary>
    public async Task<Answer> ReadAsync(CredentialId? only, string? host, CancellationToken ct)
    {
        var policy = await policies.CurrentAsync(ct);
        List<OwnedShape> owned = [];
        if (only is { } id)
            owned.Add(Shape(await book.FindAsync(id, ct) ?? new OwnerEntry { Credential = id }, await estate.FindAsync(id, ct), policy));
        else
            foreach (var governed in vaults.All.Where(vault => host is null || vault.Host == host))
            {
                var swept = await estate.OfVaultAsync(governed.Host, ct).ToDictionaryAsync(one => one.Id, one => one with { Versions = [] }, cancellationToken: ct);
                await foreach (var entry in book.OfVaultAsync(governed.Host, ct))
                    owned.Add(Shape(entry, swept.GetValueOrDefault(entry.Credential), policy));
            }

        var table = new Block(
            ["credential", "owner", "confidence", "via", "also named", "confirmed", "next due"],
            [.. owned.Select(one => (IReadOnlyList<string>)[
                one.Credential, one.Chosen is { } chosen ? Name(chosen) : "-", one.Chosen is { } sure ? $"{sure.Confidence}" : "-", one.Chosen?.Via ?? "-",
                one.RunnersUp.Count == 0 ? "-" : string.Join("; ", one.RunnersUp.Select(other => $"{Name(other)} ({other.Via}, {other.Confidence})")),
                one.Confirmed is { } at ? $"{Screen.At(at)} by {one.ConfirmedBy}" : "-", one.DueUnknown is { } why ? $"unknown: {why}" : Screen.At(one.ConfirmBy)])]);
        return new Answer(
            new OwnersShape(owned), owned.Count == 0 ? [Block.Lines("No sweep has looked for owners yet.")] : [table], owned.Any(one => one.DueUnknown is not null) ? ExitCode.Findings : ExitCode.Fine);
    }

    private static string Name(CandidateShape candidate) => $"{candidate.Name ?? candidate.Id}{(candidate.Left ? " (left)" : "")}";

    private OwnedShape Shape(OwnerEntry entry, SweptCredential? swept, Policy policy) => new(
        entry.Credential.ToString(),
        entry.Answer?.Chosen is { } chosen ? CandidateShape.Of(chosen) : null,
        [.. (entry.Answer?.RunnersUp ?? []).Select(CandidateShape.Of)],
        entry.Confirmed?.At, entry.Confirmed?.By,
        swept is null ? null : Due(entry, swept, policy),
        swept is null ? NeverSeen : null);

    /// <summary>As the sweep judges it (<see cref="AttestationLapsed"/>); null for what is gone, too.</summary>
    private DateTimeOffset? Due(OwnerEntry entry, SweptCredential swept, Policy policy) =>
        swept.Gone is null && AttestationLapsed.DueAt(policy.For(subjects.Of(swept.Id, swept.Newest.Tags)), swept.FirstSeen, entry.Confirmed?.At) is var due && due < DateTimeOffset.MaxValue ? due : null;
}
