using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure;
using Nhi.Azure.Identities;
using Nhi.Azure.Policies;
using Nhi.Azure.Settings;
using Nhi.Cli.Output;
using Nhi.Governance.Policies;

namespace Nhi.Cli.Settings;

/// <summary>The settings of an estate: the environment, or in its place a file of <c>--settings</c> or the <c>settings.json</c> of a local estate.</summary>
internal sealed class EstateSettings
{
    private const int MostBytes = 1 << 20;
    private const string Prefix = "Nhi__";

    /// <summary>.NET reads it once, as the process starts: set later it says nothing.</summary>
    private const string Authorities = "SSL_CERT_FILE";
    private readonly IReadOnlyDictionary<string, string> _file;

    private EstateSettings(IReadOnlyDictionary<string, string> file) => _file = file;

    /// <summary>Throws <see cref="CliFailure"/> when the file cannot be used.</summary>
    public static EstateSettings Of(string? file, string? estate)
    {
        if (file is not null && estate is not null)
            throw new CliFailure("--settings and --estate both name settings. Give one of them.");
        var path = estate is null ? file : Path.Combine(estate, "settings.json");
        return new EstateSettings(path is null ? new Dictionary<string, string>() : Read(path));
    }

    /// <summary>True when this process cannot take the settings any more, so that a child has to be started with them.</summary>
    public bool NeedsAChild => _file.TryGetValue(Authorities, out var authorities) && Environment.GetEnvironmentVariable(Authorities) != authorities;

    /// <summary>Runs the same command with the settings as environment, and returns its exit code.</summary>
    public async Task<int> RunChildAsync(IReadOnlyList<string> args, CancellationToken ct)
    {
        var program = Environment.ProcessPath ?? throw new CliFailure("This process does not know its own program. Set the variables of the settings file in the environment instead.", ExitCode.Failed);
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(EstateSettings).Assembly.Location);
        }

        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        foreach (var (name, value) in _file)
            start.Environment[name] = value;
        using var child = Process.Start(start) ?? throw new CliFailure("A child process could not be started. Set the variables of the settings file in the environment instead.", ExitCode.Failed);
        await child.WaitForExitAsync(ct);
        return child.ExitCode;
    }

    /// <summary>The whole product out of the settings. Throws <see cref="Azure.Settings.SettingsException"/>.</summary>
    public ServiceProvider Open()
    {
        foreach (var (name, value) in _file.Where(pair => !pair.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
            Environment.SetEnvironmentVariable(name, value);
        return new ServiceCollection().AddLogging().AddNhi(Configuration()).BuildServiceProvider();
    }

    /// <summary>What the product itself lives on, for a look at a policy; null without any settings. Throws <see cref="Azure.Settings.SettingsException"/>.</summary>
    public ProductIdentities? Own() => Value("Nhi__Storage__State") is null ? null : PolicySources.Own(SettingsReader.Read(Configuration()));

    private IConfigurationRoot Configuration()
    {
        var builder = new ConfigurationBuilder();
        // A file is the whole truth about the product: half of one estate and half of another would be neither.
        if (_file.Count == 0)
            builder.AddEnvironmentVariables();
        else
            builder.AddInMemoryCollection(_file
                .Where(pair => pair.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                .GroupBy(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), StringComparer.OrdinalIgnoreCase)
                .Select(group => KeyValuePair.Create(group.Key, (string?)group.Last().Value)));
        return builder.Build();
    }

    /// <summary>One setting, where nothing else of the product is needed; null when it is not set.</summary>
    public string? Value(string name) => _file.Count == 0 ? Environment.GetEnvironmentVariable(name) : _file.GetValueOrDefault(name);

    /// <summary>The cloud that is asked. Throws <see cref="CliFailure"/> for a name that is none.</summary>
    public AzureCloud Cloud() => Value("Nhi__Cloud") is not { Length: > 0 } name ? AzureCloud.Public
        : AzureCloud.TryFind(name, out var cloud) ? cloud
        : throw new CliFailure("Nhi__Cloud names no cloud. Use public, usgov or china.");

    private static Dictionary<string, string> Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes)
                throw new CliFailure($"The settings '{path}' are longer than 1 MiB. They are a flat JSON object of names and texts.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("Values", out var values) && values.ValueKind == JsonValueKind.Object)
                root = values;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Any(member => member.Value.ValueKind != JsonValueKind.String))
                throw new CliFailure($"The settings '{path}' are no flat JSON object of names and texts. Write {{\"Nhi__Vaults__0__Uri\": \"https://…\"}}, or the Values of a local.settings.json.");
            return root.EnumerateObject().GroupBy(member => member.Name).ToDictionary(group => group.Key, group => group.Last().Value.GetString()!);
        }
        catch (JsonException e)
        {
            throw new CliFailure($"The settings '{path}' are no JSON (line {e.LineNumber + 1}). Correct the file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The settings '{path}' cannot be read. Name a readable file with --settings, or a local estate's folder with --estate.");
        }
    }
}
