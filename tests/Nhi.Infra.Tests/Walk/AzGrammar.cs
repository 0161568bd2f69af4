namespace Nhi.Infra.Tests.Walk;

/// <summary>
/// The commands of <c>az</c> that pages and scripts use, with the options that each takes, as Azure's reference lists them (2.70). A line of its own for each: a word that is not here is a slip, or a command to look up.
/// </summary>
internal static class AzGrammar
{
    private static readonly string[] _everywhere = ["--query", "--output", "--subscription", "--only-show-errors"];

    /// <summary>Behind the command: the options that it cannot do without, then the others in brackets; <c>a|b</c>: one of them.</summary>
    private static readonly Dictionary<string, (string[] Needs, string[] Takes)> _commands = new[]
    {
        "account get-access-token --resource",
        "account list [--all]",
        "account set",
        "account show",
        "ad app owner add --id --owner-object-id",
        "bicep install [--version]",
        "deployment group create --resource-group --name --parameters [--template-file]",
        "deployment group delete --resource-group --name",
        "deployment group list --resource-group",
        "deployment group show --resource-group --name",
        "deployment group what-if --resource-group --name --parameters [--exclude-change-types --no-pretty-print --result-format]",
        "eventgrid system-topic delete --ids|--name [--resource-group --yes]",
        "eventgrid system-topic event-subscription show --name --resource-group --system-topic-name",
        "eventgrid system-topic list [--resource-group]",
        "functionapp config appsettings list --resource-group --name",
        "functionapp deployment source config-zip --resource-group --name --src [--build-remote]",
        "functionapp function list --resource-group --name",
        "functionapp show --resource-group --name",
        "group create --name --location [--tags]",
        "group show --name",
        "identity delete --ids|--name [--resource-group]",
        "identity federated-credential delete --identity-name --name --resource-group",
        "identity list [--resource-group]",
        "identity show --resource-group --name",
        "keyvault key download --vault-name --name --file [--encoding --version]",
        "keyvault key list-versions --vault-name --name",
        "keyvault key rotate --vault-name --name",
        "keyvault key show --vault-name --name [--version]",
        "keyvault key set-attributes --vault-name --name [--version --ops --enabled --expires]",
        "keyvault recover --name [--location --resource-group]",
        "keyvault secret list --vault-name",
        "keyvault secret list-deleted --vault-name",
        "keyvault secret recover --vault-name --name",
        "keyvault secret set --vault-name --name [--file --encoding --value --expires --tags]",
        "keyvault show --name|--ids",
        "keyvault update --ids|--name [--enable-rbac-authorization --enable-purge-protection --enable-soft-delete]",
        "login",
        "monitor app-insights component show --resource-group [--app]",
        "monitor app-insights query --app --analytics-query",
        "monitor diagnostic-settings list --resource",
        "provider register --namespace",
        "provider show --namespace",
        "resource show --ids|--name [--resource-group --resource-type --api-version]",
        "role assignment create --role --scope [--assignee-object-id --assignee-principal-type --assignee]",
        "role assignment delete --ids",
        "role assignment list [--all --assignee --scope]",
        "role definition create --role-definition",
        "storage account failover --name",
        "storage account keys list --account-name [--resource-group]",
        "storage account show --name|--ids [--resource-group]",
        "storage account update --ids|--name [--allow-shared-key-access --allow-blob-public-access --resource-group]",
        "storage blob delete --container-name --name --account-name --auth-mode",
        "storage blob exists --container-name --name --account-name --auth-mode",
        "storage blob list --container-name --account-name --auth-mode [--prefix --num-results]",
        "storage blob tag set --container-name --name --tags --account-name --auth-mode",
        "storage blob upload --container-name --name --file --account-name --auth-mode [--content-type --if-none-match --no-progress --overwrite]",
        "storage container exists --name --account-name --auth-mode",
        "storage container immutability-policy extend --account-name --container-name --if-match --period [--resource-group]",
        "storage container immutability-policy lock --account-name --container-name --if-match [--resource-group]",
        "storage container immutability-policy show --account-name --container-name [--resource-group]",
        "storage container legal-hold set --account-name --container-name --tags [--resource-group]",
        "storage container legal-hold clear --account-name --container-name --tags [--resource-group]",
        "storage entity insert --table-name --entity --account-name --auth-mode [--if-exists]",
        "storage entity query --table-name --account-name --auth-mode [--filter --num-results]",
    }.Select(Parse).ToDictionary(one => one.Command, one => (one.Needs, one.Takes));

    /// <summary>What is wrong with one command; <paramref name="mentioned"/>: prose names it without its options.</summary>
    public static IEnumerable<string> Faults(IReadOnlyList<string> words, bool mentioned = false)
    {
        var line = "az " + string.Join(' ', words);
        var verb = string.Join(' ', words.TakeWhile(word => !word.StartsWith('-')));
        if (!_commands.TryGetValue(verb, out var command))
            return [$"{line}: there is no 'az {verb}'"];
        var given = words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]).ToList();
        return given.Except([.. command.Needs.SelectMany(one => one.Split('|')), .. command.Takes, .. _everywhere]).Select(option => $"{line}: '{verb}' takes no {option}")
            .Concat(command.Needs.Where(need => !mentioned && !need.Split('|').Any(given.Contains)).Select(need => $"{line}: '{verb}' needs {need}"))
            .Concat(given.GroupBy(option => option).Where(group => group.Count() > 1).Select(group => $"{line}: {group.Key} twice"));
    }

    private static (string Command, string[] Needs, string[] Takes) Parse(string line)
    {
        var words = line.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split(' ');
        var bracket = line.IndexOf('[', StringComparison.Ordinal) is var at and >= 0 ? line[..at].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length : words.Length;
        var verbs = words.TakeWhile(word => !word.StartsWith('-')).Count();
        return (string.Join(' ', words[..verbs]), words[verbs..bracket], words[bracket..]);
    }
}
