using System.Text;
using System.Text.RegularExpressions;
using Nhi.Azure.Deployments;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;

namespace Nhi.Cli.Deploying;

/// <summary>What <c>nhi onboard</c> was asked for.</summary>
internal sealed record OnboardRequest(string File, VaultEntry Vault, string? Region, string Prefix, bool Write)
{
    /// <summary>Hosts of the product's own vaults, as the settings have them.</summary>
    public IReadOnlyList<string> OwnHosts { get; init; } = [];
}

/// <summary><c>nhi onboard --vault ID</c>: the entry of a vault in the parameter file, and what the template makes of it. Shows first; the file is changed on request, and nothing in Azure ever.</summary>
internal static partial class Onboarding
{
    private const int MostBytes = 1 << 20;

    /// <summary>Throws <see cref="CliFailure"/> for what is refused. <paramref name="arm"/>: null with <c>--offline</c>.</summary>
    public static async Task<Answer> RunAsync(OnboardRequest request, DeploymentReads? arm, CancellationToken ct)
    {
        CheckName(request);
        var (text, mark) = Read(request.File);
        var list = VaultList.Find(text, request.File);
        if (list.Entries.FirstOrDefault(one => string.Equals(one.Id, request.Vault.Id, StringComparison.OrdinalIgnoreCase)) is { Id: not null } there)
            throw new CliFailure($"{request.File} has {request.Vault.Name} already, in the list that begins at line {list.Line}{(there.Environment is { } of ? $", with the environment {of}" : "")}. A vault has one environment; to change it, change the line there.");
        var vault = request.Vault with { Environment = EnvironmentOf(request, list) };
        var (entry, findings) = arm is null ? new VaultChecks(vault, []) : await VaultChecks.LookAsync(vault, request.Region, request.Prefix, arm, ct);
        var after = list.With(entry);
        var stopped = findings.Any(one => one.Stops);
        var written = request.Write && !stopped;
        if (written)
            Write(request.File, after, mark);
        return Tell(request, entry, UnifiedDiff.Of(request.File, text, after), findings, written, stopped);
    }

    private static void CheckName(OnboardRequest request)
    {
        var vault = request.Vault;
        if (!ArmIds.IsVault(vault.Id))
            throw new CliFailure("What follows --vault is no resource id of a Key Vault. Write /subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.KeyVault/vaults/NAME (az keyvault show --name NAME --query id).");
        if (OwnPattern().Match(vault.Name) is { Success: true } own && own.Groups["prefix"].Value == request.Prefix || request.OwnHosts.Any(host => host.Split('.')[0].Equals(vault.Name, StringComparison.OrdinalIgnoreCase)))
            throw new CliFailure($"{vault.Name} is the product's own vault: it never governs what it lives on. Name another vault.");
        if (vault.AuditAccountId is not null && !ArmIds.IsStorageAccount(vault.AuditAccountId))
            throw new CliFailure("What follows --audit-account is no resource id of a storage account. Write /subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME.");
        foreach (var (option, word) in ((string, string?)[])[("--topic", vault.TopicName), ("--location", vault.Location), ("--region", request.Region)])
            if (word is not null && !WordPattern().IsMatch(word))
                throw new CliFailure($"What follows {option} has more than letters, digits and dashes. Write it as az prints it.");
    }

    /// <summary>As it was said; else that of all vaults that are there.</summary>
    private static string EnvironmentOf(OnboardRequest request, VaultList list)
    {
        var known = list.Entries.Select(one => one.Environment).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var name = request.Vault.Environment.Length > 0 ? request.Vault.Environment
            : known.Count == 1 ? known[0]
            : throw new CliFailure($"Say with --environment whose rotator works there{(known.Count > 0 ? $": there are {string.Join(", ", known)}" : "")}.");
        if (!EnvironmentPattern().IsMatch(name))
            throw new CliFailure("An environment has 1 to 32 letters and digits: App Service takes no dash in the name of a setting. Write e.g. prod.");
        return name.Equals("staging", StringComparison.OrdinalIgnoreCase)
            ? throw new CliFailure("'staging' names the identity of the product's own vaults. Call the environment 'stage'.")
            : name;
    }

    private static Answer Tell(OnboardRequest request, VaultEntry entry, IReadOnlyList<string> diff, IReadOnlyList<VaultFinding> findings, bool written, bool stopped)
    {
        var parts = VaultPart.Of(entry, request.Prefix);
        List<string> lines = [.. findings.SelectMany(one => (string[])[$"{(one.Stops ? "stops" : "note")}: {one.What}", $"       {one.Remedy}"])];
        if (lines.Count > 0)
            lines.Add("");
        lines.AddRange(diff);
        lines.AddRange(["", "The template then makes for it:", .. parts.Select(one => $"  {one.What}{(one.When is null ? "" : $"   [{one.When}]")}"), ""]);
        lines.Add(written ? $"Written to {request.File}. Look: az deployment group what-if --resource-group \"$AZURE_RESOURCE_GROUP\" --name main --parameters infra/main.bicepparam. Then deploy (infra/README.md)."
            : stopped ? "Nothing was written: see to what stops first."
            : "Nothing was written: say --write.");
        return new Answer(
            new OnboardShape(request.File, entry.Id, entry.Environment, written, string.Join('\n', diff), [.. parts.Select(one => new VaultPartShape(one.Type, one.What, one.When))], [.. findings.Select(one => new VaultFindingShape(one.Stops, one.What, one.Remedy))]),
            [Block.Lines(lines)], stopped ? ExitCode.Human : findings.Count > 0 ? ExitCode.Findings : ExitCode.Fine);
    }

    private static (string Text, bool Mark) Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new CliFailure($"{file} is longer than 1 MiB, which no parameter file is. Name it with --parameters.");
            var bytes = File.ReadAllBytes(file);
            var mark = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble);
            return (new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(mark ? 3 : 0)), mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new CliFailure($"The parameter file '{file}' cannot be read. Run it in the repository's root, or name the file with --parameters.");
        }
    }

    /// <summary>Whole or not at all: beside it first, then in its place.</summary>
    private static void Write(string file, string text, bool mark)
    {
        var beside = file + ".new";
        try
        {
            File.WriteAllText(beside, text, new UTF8Encoding(mark));
            File.Move(beside, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The parameter file '{file}' cannot be written. It is as it was; see to its rights.", ExitCode.Failed);
        }
    }

    /// <summary>As main.bicep names them.</summary>
    [GeneratedRegex("^(?<prefix>[a-z0-9]{2,8})-(own|stg)-[a-z0-9]{10}$")]
    private static partial Regex OwnPattern();

    [GeneratedRegex("^[A-Za-z0-9-]{1,128}$")]
    private static partial Regex WordPattern();

    [GeneratedRegex("^[A-Za-z0-9]{1,32}$")]
    private static partial Regex EnvironmentPattern();
}
