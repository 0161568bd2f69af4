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
internal sealed class HealthLook(IGovernance governance, NhiSettings settings, StateTables tables, EvidenceAccounts accounts, IVaultRegistry vaults, ICredentialVault vault, OuterParts outer)
{
    /// <summary>How services say that they were reached and that this is not allowed to who asks.</summary>
    private static readonly string[] _refusals = ["ForbiddenByRbac", "Forbidden", "AccessDenied", "AuthorizationFailed", "AuthorizationPermissionMismatch", "Authorization_RequestDenied"];
    private readonly List<PartHealthShape> _parts = [];

    /// <summary>Exit 1 when a part fails.</summary>
    public async Task<Answer> RunAsync(CancellationToken ct)
    {
        Add("settings", "ok", $"{settings.Vaults.Count} vault(s), cloud {settings.Cloud.AzureName}, policy {settings.Policy ?? "embedded"}", null);
        foreach (var check in (await governance.HealthAsync(ct)).Checks)
            Add(check, Remedy(check.Name));
        foreach (var part in Parts().Concat(outer.All()).Concat(Vaults()))
            await LookAsync(part, ct);
        var failing = _parts.Count(part => part.State == "fails");
        return new Answer(new DoctorShape(failing == 0, _parts), [new Block(["part", "state", "found", "remedy"], [.. _parts.Select(part => (IReadOnlyList<string>)[part.Name, part.State, part.Detail, part.Remedy ?? ""])])], failing > 0 ? ExitCode.Findings : ExitCode.Fine);
    }

    private IEnumerable<PartLook> Parts()
    {
        foreach (var name in StateTables.Names)
            yield return new($"table {name}", "Make it (nhi rebuild makes missing tables), or ask for the right to read rows: infra/README.md, Who may do what.", async ct => new(await tables.HasRowsAsync(name, Access(name), ct) ? "readable" : "readable, empty"));
        yield return new("log key", KeyRemedy("log"), ct => KeysAsync(accounts.LogKeys, ct));
        yield return new("producers key", KeyRemedy("producers"), ct => KeysAsync(accounts.ProducersKeys, ct));
        if (accounts.Secondary is { } secondary)
            yield return new("second evidence account", "nhi evidence prepare; see to its network and to the role 'evidence auditor' or 'evidence creator' there.", async ct => new($"{(await secondary.AllAsync(ct)).Count} container(s)"));
    }

    private IEnumerable<PartLook> Vaults() => vaults.All.Select(governed => new PartLook(
        $"vault {governed.Host}", "Ask for the right to list (role 'vault watcher'); see to the vault's network, and that it is there: nhi onboard --vault ID says more.", async ct => new(await FirstPageAsync(governed.Host, ct))));

    private static string Remedy(string part) => part switch
    {
        "policy" => "nhi policy check FILE says what is wrong with the text; see to Nhi__Policy and to the right to read that blob.",
        "tables" => "nhi rebuild makes them whole again and writes the marker row; a new deployment: infra/prepare.sh.",
        "evidence" => "See to the evidence account's network and to the role 'evidence creator' or 'evidence auditor': nhi doctor --deployment names what differs.",
        "containers" => "Deploy again for this year and the next two, then nhi evidence prepare.",
        _ => "nhi doctor --deployment names what differs.",
    };

    private static string KeyRemedy(string key) => $"See to the right to read the key '{key}' (role 'key reader') and to the own vault's network: nhi doctor --deployment names what differs.";

    private static TableAccess Access(string table) => table is StateTables.EvidencePending or StateTables.EvidenceIndex ? TableAccess.Sequencer : TableAccess.Watcher;

    private static async Task<Found> KeysAsync(KeyVaultKeyVersions keys, CancellationToken ct) => new($"{(await keys.FirstKeysAsync(ct)).Count} version(s)");

    private async Task<string> FirstPageAsync(string host, CancellationToken ct)
    {
        await foreach (var page in vault.ListSecretsAsync(host, ct))
            return page.Secrets.Count == 1 ? "1 secret on the first page" : $"{page.Secrets.Count} secrets on the first page";
        return "no secret";
    }

    /// <summary>One part that fails stops no other.</summary>
    private async Task LookAsync(PartLook part, CancellationToken ct)
    {
        var warns = false;
        var check = await HealthCheck.OfAsync(part.Name, async () =>
        {
            try
            {
                var found = await part.Look(ct);
                warns = found.Warns;
                return found.Detail;
            }
            catch (ExternalCallException refused) when (part.IfRefused is not null && _refusals.Contains(refused.Code))
            {
                warns = true;
                return $"not looked at, you may not ({part.IfRefused}): {refused.Message}";
            }
        }, ct);
        Add(check with { Warns = warns }, part.Remedy);
    }

    private void Add(HealthCheck check, string remedy) => Add(check.Name, !check.Ok ? "fails" : check.Warns ? "warns" : "ok", check.Detail, check is { Ok: true, Warns: false } ? null : remedy);

    private void Add(string part, string state, string detail, string? remedy) => _parts.Add(new PartHealthShape(part, state, detail, remedy));
}
