using System.Globalization;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Estate;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Cli.Reading;

/// <summary>What the inventory's sweep has seen, and what it has not: <c>nhi inventory</c>, <c>nhi vaults</c>.</summary>
internal sealed class InventoryReading(IVaultRegistry vaults, ISweptEstate estate, ProgressBook progress, PolicySubjects subjects)
{
    private const string NeverSwept = "No sweep has come to it yet.";

    /// <summary>Exits 1 when a vault was not seen whole. <paramref name="host"/>, <paramref name="kind"/>: only those; null: all.</summary>
    public async Task<Answer> InventoryAsync(string? host, string? kind, CancellationToken ct)
    {
        List<InventoriedShape> credentials = [];
        List<NotSeenShape> notSeen = [];
        foreach (var governed in vaults.All.Where(vault => host is null || vault.Host == host))
        {
            var come = await progress.OfAsync(governed.Host, ct);
            if (WhyNot(come) is { } why)
                notSeen.Add(new NotSeenShape(governed.Host, why, come?.Complete));
            await foreach (var swept in estate.OfVaultAsync(governed.Host, ct))
                if (swept.Gone is null && (kind is null || string.Equals(swept.Kind, kind, StringComparison.OrdinalIgnoreCase)))
                    credentials.Add(Shape(swept, come?.Complete));
        }

        return new Answer(new InventoryShape(credentials, notSeen), [
            Block.Lines($"{credentials.Count} credential(s)"),
            new Block(["Credential", "Kind", "Resource", "Owner", "Created", "Expires", "Versions", "State", "Last sweep"], [.. credentials.Select(one => (IReadOnlyList<string>)[
                one.Credential, one.Kind ?? "-", one.Resource ?? "-", one.Owner ?? "-", Screen.At(one.Created), Screen.At(one.Expires), one.Versions?.ToString(CultureInfo.InvariantCulture) ?? "?",
                one.Managed ? "managed" : one.Enabled ? "enabled" : "disabled", Screen.At(one.LastSweep)])]),
            .. notSeen.Count == 0 ? Array.Empty<Block>() : [new Block(["Not seen", "Why", "Last complete"], [.. notSeen.Select(one => (IReadOnlyList<string>)[one.Vault, one.Why, Screen.At(one.LastComplete)])])],
        ], notSeen.Count > 0 ? ExitCode.Findings : ExitCode.Fine);
    }

    /// <summary>Exits 1 when a vault was not seen whole.</summary>
    public async Task<Answer> VaultsAsync(CancellationToken ct)
    {
        List<VaultShape> shown = [];
        foreach (var governed in vaults.All)
        {
            var come = await progress.OfAsync(governed.Host, ct);
            var why = WhyNot(come);
            shown.Add(new VaultShape(governed.Host, governed.Discovered, governed.Environment, come?.Complete is null ? null : come.Secrets, come?.Complete, why is not null, why));
        }

        return new Answer(new VaultsShape(shown, [.. vaults.LeftOut.Select(vault => new LeftOutShape(vault.Host, vault.Why))]), [
            new Block(["Vault", "Scope", "Environment", "Secrets", "Last complete sweep", "Last sweep"], [.. shown.Select(one => (IReadOnlyList<string>)[
                one.Vault, one.Discovered ? "discovered" : "listed", one.Environment, one.Secrets?.ToString(CultureInfo.InvariantCulture) ?? "?", Screen.At(one.LastComplete), one.Why is null ? "whole" : $"partial: {one.Why}"])]),
            new Block(["Left out", "Why"], [.. vaults.LeftOut.Select(vault => (IReadOnlyList<string>)[vault.Host, vault.Why])]),
        ], shown.Any(one => one.Partial) ? ExitCode.Findings : ExitCode.Fine);
    }

    private static string? WhyNot(VaultProgress? come) => come is null ? NeverSwept : come.IsWhole ? null : come.Why ?? "A sweep is on its way through it, or was stopped; the next one goes on.";

    private InventoriedShape Shape(SweptCredential swept, DateTimeOffset? complete) => new(
        swept.Id.ToString(), swept.Kind, swept.Resource?.Value, subjects.Of(swept.Id, swept.Newest.Tags).Owner, swept.Newest.Created, swept.Newest.Expires,
        swept.VersionsSeen is null ? null : swept.Versions.Count + swept.OlderVersions, swept.Newest.Enabled, swept.Newest.Managed, swept.FirstSeen, complete);
}
