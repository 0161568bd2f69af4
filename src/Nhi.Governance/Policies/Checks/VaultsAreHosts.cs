using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Checks;

/// <summary>Vaults are selected by host: a bare name would never match, and nobody would be told.</summary>
internal sealed class VaultsAreHosts : IPolicyCheck
{
    public void Check(PolicyDocument document, FaultList faults)
    {
        foreach (var placed in document.Rules.SelectMany(rule => rule.Match).Where(selector => selector.Subject == SelectorSubject.Vault).SelectMany(selector => selector.Globs))
            if (placed.Glob is { Literal: true, Pattern: var pattern } && !Credentials.CredentialId.TryOf(pattern, "any", out _))
                faults.Add(placed.At, $"vault is {Quoting.Quote(pattern)}, which is no host.", "Write the vault's host, such as kv1.vault.azure.net, or a glob, such as \"kv1.*\".");
    }
}
