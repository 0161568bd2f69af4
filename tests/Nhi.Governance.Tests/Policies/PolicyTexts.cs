using System.Text;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Tests.Policies;

/// <summary>Loads policies out of texts, and makes subjects to ask them about.</summary>
internal static class PolicyTexts
{
    public static ProductIdentities Own { get; } = new(
        ["nhi-own.vault.azure.net"],
        ["nhievidence.blob.core.windows.net"],
        ["11111111-2222-3333-4444-555555555555"],
        ["/subscriptions/s/resourceGroups/nhi/providers/Microsoft.Web/sites/nhi-app"]);

    public static YamlPolicy Load(string text) => YamlPolicy.Load(Encoding.UTF8.GetBytes(text), "policy.yaml", Own);

    public static PolicyException Refused(string text) => Assert.Throws<PolicyException>(() => Load(text));

    /// <summary>One rule that matches everything, with further lines, each indented to stand in it.</summary>
    public static string Rule(params string[] lines) => $"version: 1\nrules:\n  - name: r\n    match: {{}}\n{string.Concat(lines.Select(line => $"    {line}\n"))}";

    public static PolicySubject Subject(string vault = "kv1.vault.azure.net", string name = "db-password", string? kind = null, string? owner = null, string environment = "prod", params (string, string)[] tags) =>
        new(CredentialId.Of(vault, name), kind, owner, environment, tags.ToDictionary(tag => tag.Item1, tag => tag.Item2));
}
