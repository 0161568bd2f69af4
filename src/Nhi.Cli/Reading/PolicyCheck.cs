using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Policies;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi policy check FILE</c>: every fault with line, column and remedy. Needs no settings; then it says that nobody looked for the product's own vaults, accounts and identities in it.</summary>
internal static class PolicyCheck
{
    public static async Task<Answer> ReadAsync(string path, ProductIdentities? own, CancellationToken ct)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The policy '{path}' cannot be read. Name a readable file.");
        }

        try
        {
            var policy = YamlPolicy.Load(bytes, path, own ?? ProductIdentities.None);
            var says = $"{path}: valid, {policy.RuleNames.Count} rule(s), {(policy.Enforces ? "enforces" : "observes only")}, sha256 {policy.Sha256}";
            return new Answer(new PolicyCheckShape(path, true, policy.Sha256, own is not null, [], Shapes(policy.Warnings)),
                [Block.Lines([says, .. policy.Warnings.Select(warning => "warning: " + warning.ToString(path)), .. own is null ? ["no settings are at hand: whether it names the product's own vaults, accounts or identities is seen when it is loaded"] : Array.Empty<string>()])]);
        }
        catch (PolicyException e)
        {
            return new Answer(new PolicyCheckShape(path, false, null, own is not null, Shapes(e.Faults), []), [Block.Lines(e.Faults.Select(fault => fault.ToString(path)))], ExitCode.Findings);
        }
    }

    private static IReadOnlyList<FaultShape> Shapes(IReadOnlyList<PolicyFault> faults) => [.. faults.Select(fault => new FaultShape(fault.Line, fault.Column, fault.What, fault.Remedy))];
}
