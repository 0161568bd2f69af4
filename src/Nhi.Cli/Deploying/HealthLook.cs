using Nhi.Azure.Evidence;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Signing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Triggers;

namespace Nhi.Cli.Deploying;

/// <summary><c>nhi doctor</c>: every part that the settings name, each for itself, with what to do where one fails.</summary>
internal sealed class HealthLook(IGovernance governance, NhiSettings settings, StateTables tables, EvidenceAccounts accounts, IVaultRegistry vaults, ICredentialVault vault)
{
    private readonly List<PartHealthShape> _parts = [];

    /// <summary>Exit 1 when a part fails.</summary>
    public async Task<Answer> RunAsync(CancellationToken ct)
    {
        Add("settings", "ok", $"{settings.Vaults.Count} vault(s), cloud {settings.Cloud.AzureName}, policy {settings.Policy ?? "embedded"}", null);
        foreach (var check in (await governance.HealthAsync(ct)).Checks)
            Add(check.Name, !check.Ok ? "fails" : check.Warns ? "warns" : "ok", check.Detail, check is { Ok: true, Warns: false } ? null : Remedy(check.Name));
        foreach (var name in StateTables.Names)
            await LookAsync($"table {name}", "Make it (nhi rebuild makes missing tables), or ask for the right to read rows: infra/README.md, Who may do what.", () => FirstRowAsync(name, ct));
        await LookAsync("log key", KeyRemedy("log"), () => KeysAsync(accounts.LogKeys, ct));
        await LookAsync("producers key", KeyRemedy("producers"), () => KeysAsync(accounts.ProducersKeys, ct));
        if (accounts.Secondary is { } secondary)
            await LookAsync("second evidence account", "nhi evidence prepare; see to its network and to the role 'evidence auditor' or 'evidence creator' there.", async () => $"{(await secondary.AllAsync(ct)).Count} container(s)");
        foreach (var governed in vaults.All)
            await LookAsync($"vault {governed.Host}", "Ask for the right to list (role 'vault watcher'); see to the vault's network, and that it is there: nhi onboard --vault ID says more.", () => FirstPageAsync(governed.Host, ct));
        var failing = _parts.Count(part => part.State == "fails");
        return new Answer(new DoctorShape(failing == 0, _parts), [new Block(["part", "state", "found", "remedy"], [.. _parts.Select(part => (IReadOnlyList<string>)[part.Name, part.State, part.Detail, part.Remedy ?? ""])])], failing > 0 ? ExitCode.Findings : ExitCode.Fine);
    }

    private static string Remedy(string part) => part switch
    {
        "policy" => "nhi policy check FILE says what is wrong with the text; see to Nhi__Policy and to the right to read that blob.",
        "tables" => "nhi rebuild makes them whole again and writes the marker row; a new deployment: infra/prepare.sh.",
        "evidence" => "See to the evidence account's network and to the role 'evidence creator' or 'evidence auditor': nhi doctor --deployment names what differs.",
        "containers" => "Deploy again for this year and the next two, then nhi evidence prepare.",
        _ => "nhi doctor --deployment names what differs.",
    };

    private static string KeyRemedy(string key) => $"See to the right to read the key '{key}' (role 'key reader') and to the own vault's network: nhi doctor --deployment names what differs.";

    private async Task<string> FirstRowAsync(string table, CancellationToken ct)
    {
        await foreach (var _ in tables.Table(table, Access(table)).QueryAsync<global::Azure.Data.Tables.TableEntity>(maxPerPage: 1, cancellationToken: ct))
            return "readable";
        return "readable, empty";
    }

    private static TableAccess Access(string table) => table is StateTables.EvidencePending or StateTables.EvidenceIndex ? TableAccess.Sequencer : TableAccess.Watcher;

    private static async Task<string> KeysAsync(KeyVaultKeyVersions keys, CancellationToken ct) => $"{(await keys.FirstKeysAsync(ct)).Count} version(s)";

    private async Task<string> FirstPageAsync(string host, CancellationToken ct)
    {
        await foreach (var page in vault.ListSecretsAsync(host, ct))
            return page.Secrets.Count == 1 ? "1 secret on the first page" : $"{page.Secrets.Count} secrets on the first page";
        return "no secret";
    }

    /// <summary>One part that fails stops no other.</summary>
    private async Task LookAsync(string part, string remedy, Func<Task<string>> look)
    {
        try
        {
            Add(part, "ok", await look(), null);
        }
        catch (Exception e) when (e is ExternalCallException or SigningException or Nhi.Evidence.Storage.EvidenceStoreException or global::Azure.RequestFailedException or global::Azure.Identity.AuthenticationFailedException or AggregateException)
        {
            Add(part, "fails", e is global::Azure.RequestFailedException refused ? $"HTTP {refused.Status} {refused.ErrorCode}" : e is AggregateException ? "no answer" : e.Message, remedy);
        }
    }

    private void Add(string part, string state, string detail, string? remedy) => _parts.Add(new PartHealthShape(part, state, detail, remedy));
}
