using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Local.Demo;

/// <summary>The settings of a world that runs, for other programs: <c>settings.json</c> in its estate folder, flat names and values.</summary>
internal static partial class SettingsFile
{
    public const string Name = "settings.json";

    /// <summary>Only its owner may read it: it holds what opens the identity endpoint.</summary>
    public static async Task WriteAsync(string folder, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(Path.Combine(folder, Name), options);
        await JsonSerializer.SerializeAsync(file, new Dictionary<string, string>(settings), SettingsJson.Default.DictionaryStringString, ct);
    }

    /// <summary>As <c>local.settings.json</c> of the Functions tools has them.</summary>
    public static string LocalSettings(IReadOnlyDictionary<string, string> settings)
    {
        var values = new Dictionary<string, string>(settings) { ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated" };
        return JsonSerializer.Serialize(new Local(false, values), SettingsJson.Default.Local);
    }

    internal sealed record Local(bool IsEncrypted, Dictionary<string, string> Values);

    [JsonSourceGenerationOptions(WriteIndented = true)]
    [JsonSerializable(typeof(Dictionary<string, string>))]
    [JsonSerializable(typeof(Local))]
    private sealed partial class SettingsJson : JsonSerializerContext;
}
