using System.CommandLine;
using System.CommandLine.Invocation;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Deployments;
using Nhi.Azure.Identities;
using Nhi.Cli.Acting;
using Nhi.Cli.Output;
using Nhi.Cli.Settings;

namespace Nhi.Cli.Deploying;

/// <summary>Makes a command that asks Azure Resource Manager alone.</summary>
internal delegate Command BareCommand(Command command, Func<EstateSettings, ParseResult, CancellationToken, Task<Answer>> answer);

/// <summary>The commands of those who deploy. In Azure they read; what they change is a file of the repository, on request.</summary>
internal sealed class DeployingCommands(AskingCommand asking, BareCommand bare, Option<string?> vault)
{
    private static readonly Option<string?> EnvironmentOption = new("--environment") { Description = "Whose rotator works there; that of the vaults in the file unless said." };
    private static readonly Option<string> FileOption = new("--parameters") { Description = "The file that has the list of vaults.", DefaultValueFactory = _ => "infra/estate.bicep" };
    private static readonly Option<string?> RegionOption = new("--region") { Description = "Region of the deployment: a vault elsewhere needs --audit-account." };
    private static readonly Option<string?> LocationOption = new("--location") { Description = "Region of the vault, where nobody asks Azure." };
    private static readonly Option<string?> AuditOption = new("--audit-account") { Description = "Resource id of a storage account in the vault's region, for its audit log." };
    private static readonly Option<string?> TopicOption = new("--topic") { Description = "Name of the vault's system topic, where it has one and nobody asks Azure." };
    private static readonly Option<string> PrefixOption = new("--prefix") { Description = "namePrefix of the deployment.", DefaultValueFactory = _ => "nhi" };
    private static readonly Option<bool> WriteOption = new("--write") { Description = "Change the file." };
    private static readonly Option<bool> OfflineOption = new("--offline") { Description = "Ask Azure nothing." };
    private static readonly Option<string[]> DeploymentOption = new("--deployment")
    {
        Description = "Compare what is deployed with the template: snapshots that infra/doctor.sh makes.", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true,
    };

    public IEnumerable<Command> All() => [Onboard(), Doctor()];

    private Command Onboard() => bare(
        new Command("onboard", "Puts a vault (--vault, its resource id) into the parameter file: shows the change, what the template makes of it, and what stands in the way. Exits 42 when something does.")
        {
            EnvironmentOption, FileOption, RegionOption, LocationOption, AuditOption, TopicOption, PrefixOption, WriteOption, OfflineOption,
        },
        (settings, parsed, ct) =>
        {
            var id = parsed.GetValue(vault) ?? throw new CliFailure("Say which vault: --vault with its resource id (az keyvault show --name NAME --query id).");
            var entry = new VaultEntry(id.TrimEnd('/'), parsed.GetValue(EnvironmentOption) ?? "") { Location = parsed.GetValue(LocationOption), AuditAccountId = parsed.GetValue(AuditOption), TopicName = parsed.GetValue(TopicOption) };
            var request = new OnboardRequest(parsed.GetRequiredValue(FileOption), entry, parsed.GetValue(RegionOption), parsed.GetRequiredValue(PrefixOption), parsed.GetValue(WriteOption)) { OwnHosts = [.. Own(settings)] };
            return Onboarding.RunAsync(request, parsed.GetValue(OfflineOption) ? null : Arm(settings), ct);
        });

    private Command Doctor()
    {
        var command = new Command("doctor", "What works and what does not, with what to do. --deployment: what is deployed against what the template says. Exits 1 when something is to be done.") { DeploymentOption };
        asking(command, (services, _, ct) => ActivatorUtilities.CreateInstance<HealthLook>(services, ActivatorUtilities.CreateInstance<OuterParts>(services)).RunAsync(ct));
        var health = (AsynchronousCommandLineAction)command.Action!;
        bare(command, (settings, parsed, ct) => DeploymentLook.RunAsync(parsed.GetValue(DeploymentOption) ?? [], Arm(settings), ct));
        var deployment = (AsynchronousCommandLineAction)command.Action!;
        command.SetAction((parsed, ct) => (parsed.GetResult(DeploymentOption) is null ? health : deployment).InvokeAsync(parsed, ct));
        return command;
    }

    /// <summary>As whoever is signed in: reading needs Reader, and none of the product's identities has that.</summary>
    private static DeploymentReads Arm(EstateSettings settings) => new(AzureIdentities.Caller(settings.Cloud(), settings.Value), settings.Cloud());

    /// <summary>As azd keeps their names, and as the app's settings have their addresses.</summary>
    private static IEnumerable<string> Own(EstateSettings settings)
    {
        foreach (var name in (string[])["NHI_OWN_VAULT", "NHI_STAGING_VAULT", "Nhi__ProductVault", "Nhi__StagingVault"])
            if (settings.Value(name) is { Length: > 0 } said)
                yield return Uri.TryCreate(said, UriKind.Absolute, out var address) ? address.Host : said;
    }
}
