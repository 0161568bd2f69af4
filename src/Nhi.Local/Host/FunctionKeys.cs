using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Nhi.Local.Hosting;

/// <summary>
/// The host's keys, as the real host has them: the master key opens everything, the Event Grid extension's key its webhook, the default host key the HTTP functions.
/// They come from settings, and one that is not set is made at random, so nothing is ever open for want of one. They are written nowhere.
/// </summary>
public sealed class FunctionKeys
{
    /// <summary>Setting of the master key.</summary>
    public const string MasterSetting = "NhiLocal__Keys__Master";

    /// <summary>Setting of the Event Grid webhook's key.</summary>
    public const string EventGridSetting = "NhiLocal__Keys__EventGrid";

    /// <summary>Setting of the key of HTTP functions.</summary>
    public const string DefaultSetting = "NhiLocal__Keys__Default";

    private FunctionKeys(string? master, string? eventGrid, string? @default)
    {
        Master = Key(MasterSetting, master);
        EventGrid = Key(EventGridSetting, eventGrid);
        Default = Key(DefaultSetting, @default);
    }

    /// <summary>Opens everything.</summary>
    public string Master { get; }

    /// <summary>Opens the Event Grid webhook: the real host's system key <c>eventgrid_extension</c>.</summary>
    public string EventGrid { get; }

    /// <summary>Opens HTTP functions of the level <c>Function</c>.</summary>
    public string Default { get; }

    /// <summary>New keys, for a parent to hand to its child.</summary>
    public static FunctionKeys Generate() => new(null, null, null);

    /// <summary>The keys that are set, made up where not. Throws <see cref="InvalidOperationException"/> for a key under 16 characters.</summary>
    public static FunctionKeys From(IConfiguration configuration)
        => new(configuration[Path(MasterSetting)], configuration[Path(EventGridSetting)], configuration[Path(DefaultSetting)]);

    /// <summary>The environment variables by which a child gets these keys.</summary>
    public IReadOnlyDictionary<string, string> ToEnvironment() => new Dictionary<string, string>
    {
        [MasterSetting] = Master,
        [EventGridSetting] = EventGrid,
        [DefaultSetting] = Default,
    };

    /// <summary>Never the keys.</summary>
    public override string ToString() => "[function keys]";

    /// <summary>The request shows a key (header <c>x-functions-key</c>, else query <c>code</c>) that opens this level.</summary>
    public bool Open(HttpRequest request, AuthorizationLevel level)
    {
        if (level == AuthorizationLevel.Anonymous)
            return true;
        string? shown = request.Headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault();
        return shown is not null && (Same(shown, Master) || level switch
        {
            AuthorizationLevel.Function => Same(shown, Default),
            AuthorizationLevel.System => Same(shown, EventGrid),
            _ => false,
        });
    }

    private static bool Same(string shown, string key) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(key));

    private static string Path(string setting) => setting.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    private static string Key(string setting, string? value) => value switch
    {
        null or "" => RandomNumberGenerator.GetHexString(64, lowercase: true),
        { Length: < 16 } => throw new InvalidOperationException($"{setting} is shorter than 16 characters: set a longer one, or none to have one made."),
        _ => value,
    };
}
