using Nhi.Cli.Output;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Cli.Reading;

/// <summary>Finds what a person names: <c>kv:host/name</c>, <c>vault/name</c>, or a bare name that one vault in scope has.</summary>
internal sealed class CredentialNames(IVaultRegistry vaults, ICredentialVault vault)
{
    /// <summary>Throws <see cref="CliFailure"/> when it names nothing, or more than one.</summary>
    public async Task<CredentialId> FindAsync(string text, CancellationToken ct)
    {
        if (CredentialId.TryParse(text, out var id))
            return InScope(id.Vault) is null ? throw NotInScope() : id;
        if (text.Split('/') is [var host, var name])
        {
            var governed = InScope(host) ?? throw NotInScope();
            return CredentialId.TryOf(governed.Host, name, out id) ? id : throw NoName();
        }

        List<CredentialId> found = [];
        foreach (var governed in vaults.All)
            if (!CredentialId.TryOf(governed.Host, text, out id))
                throw NoName();
            else if ((await vault.ListVersionsAsync(id, ct)).Versions.Count > 0)
                found.Add(id);
        return found switch
        {
            [var one] => one,
            [] => throw new CliFailure("No vault in scope has a secret of that name. nhi status lists what is known."),
            _ => throw new CliFailure($"'{text}' is in {found.Count} vaults. Name one: {string.Join(", ", found)}."),
        };
    }

    /// <summary>Every secret of every vault in scope.</summary>
    public async IAsyncEnumerable<CredentialId> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var governed in vaults.All)
            await foreach (var page in vault.ListSecretsAsync(governed.Host, ct))
                foreach (var secret in page.Secrets)
                    yield return secret.Id;
    }

    /// <summary>The host of a vault in scope, named by it or by its first part; null when there is none.</summary>
    public string? HostOf(string text) => InScope(text)?.Host;

    private GovernedVault? InScope(string host) =>
        vaults.All.FirstOrDefault(governed => governed.Host.Equals(host, StringComparison.OrdinalIgnoreCase) || governed.Host.Split('.')[0].Equals(host, StringComparison.OrdinalIgnoreCase));

    private CliFailure NotInScope() => new($"No vault of that name is in scope. In scope: {string.Join(", ", vaults.All.Select(governed => governed.Host))}.");

    private static CliFailure NoName() => new("That is no secret's name: 1 to 127 letters, digits and dashes. Write kv:host/name, vault/name or name.");
}
