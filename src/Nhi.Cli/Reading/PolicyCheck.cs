using System.Text.Json.Nodes;
using Nhi.Cli.Output;
using Nhi.Governance.Policies;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi policy check FILE</c>: every fault with line, column and remedy. Needs no settings.</summary>
internal static class PolicyCheck
{
    public static async Task<Answer> ReadAsync(string path, CancellationToken ct)
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
            var policy = YamlPolicy.Load(bytes, path, ProductIdentities.None);
            var says = $"{path}: valid, {policy.RuleNames.Count} rule(s), {(policy.Enforces ? "enforces" : "observes only")}, sha256 {policy.Sha256}";
            return new Answer(Json(path, true, [], policy.Warnings, policy.Sha256), [Block.Lines([says, .. policy.Warnings.Select(warning => "warning: " + warning.ToString(path))])]);
        }
        catch (PolicyException e)
        {
            return new Answer(Json(path, false, e.Faults, [], null), [Block.Lines(e.Faults.Select(fault => fault.ToString(path)))], ExitCode.Findings);
        }
    }

    private static JsonObject Json(string path, bool valid, IReadOnlyList<PolicyFault> faults, IReadOnlyList<PolicyFault> warnings, string? sha256) => new()
    {
        ["file"] = path,
        ["valid"] = valid,
        ["sha256"] = sha256,
        ["faults"] = Screen.Array(faults.Select(Json)),
        ["warnings"] = Screen.Array(warnings.Select(Json)),
    };

    private static JsonObject Json(PolicyFault fault) => new() { ["line"] = fault.Line, ["column"] = fault.Column, ["what"] = fault.What, ["remedy"] = fault.Remedy };
}
