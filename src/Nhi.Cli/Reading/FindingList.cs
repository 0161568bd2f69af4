using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Cli.Reading;

/// <summary>What <c>nhi findings</c> asks for; null asks for all.</summary>
internal sealed record FindingFilter(string? Signal, string? Severity, string? Control, string? Owner, string? Vault, string Sort, bool Resolved)
{
    public static readonly IReadOnlyList<string> Severities = ["info", "warning", "critical"];
    public static readonly IReadOnlyList<string> Sorts = ["score", "age", "subject"];

    public bool Wants(Finding finding) =>
        (Signal is null || finding.Signal == Signal)
        && (Severity is null || finding.Severity == Severity)
        && (Control is null || ControlsServed.BySignal(finding.Signal).Contains(Control))
        && (Owner is null || string.Equals(finding.Owner, Owner, StringComparison.OrdinalIgnoreCase))
        && (Vault is null || finding.Credential?.Vault == Vault || finding.Subject.Equals(Vault, StringComparison.OrdinalIgnoreCase));

    public IEnumerable<Finding> InOrder(IEnumerable<Finding> findings) => (Sort switch
    {
        "age" => findings.OrderBy(finding => finding.FirstSeen).ThenByDescending(finding => finding.Score),
        "subject" => findings.OrderBy(finding => finding.Subject, StringComparer.Ordinal).ThenByDescending(finding => finding.Score),
        _ => findings.OrderByDescending(finding => finding.Score).ThenBy(finding => finding.FirstSeen),
    }).ThenBy(finding => finding.Subject, StringComparer.Ordinal).ThenBy(finding => finding.Signal, StringComparer.Ordinal);
}

/// <summary><c>nhi findings</c>: what breaks policy, with what a person can do and the record that told it.</summary>
internal static class FindingList
{
    public static async Task<Answer> ReadAsync(IFindings findings, FindingFilter filter, CancellationToken ct)
    {
        var found = filter.InOrder(await findings.ListAsync(filter.Resolved, ct).Where(filter.Wants).ToListAsync(ct)).ToList();
        var pressing = found.Count(finding => finding is { Resolved: null, Severity: not "info" });
        List<Block> blocks = [];
        if (found.Count > 0)
            blocks.Add(new Block(
                ["score", "severity", "signal", "subject", "owner", "first seen", .. filter.Resolved ? ["over since"] : (IEnumerable<string>)[]],
                [.. found.Select(finding => (IReadOnlyList<string>)[$"{finding.Score}", finding.Severity, finding.Signal, finding.Subject, finding.Owner ?? "-", Screen.At(finding.FirstSeen), .. filter.Resolved ? [Screen.At(finding.Resolved)] : (IEnumerable<string>)[]])]));
        foreach (var finding in found)
            blocks.Add(Block.Lines([$"{finding.Signal} {finding.Subject}", .. finding.Facts.Select(fact => $"  {fact}"), $"  → {finding.Remedy}", $"  record: {finding.Record}"]));
        blocks.Add(Block.Lines(found.Count == 0 ? "Nothing of that kind is known." : $"{found.Count} findings, {pressing} of them open and pressing."));
        return new Answer(new FindingsShape(pressing, [.. found.Select(SignalledShape.Of)]), blocks, pressing > 0 ? ExitCode.Findings : ExitCode.Fine);
    }
}
