using Microsoft.Extensions.Configuration;
using Nhi.Azure.Settings;

namespace Nhi.Azure.Tests.Settings;

/// <summary>The smallest settings that work, as environment variables would give them, with changes.</summary>
internal static class TestSettings
{
    public static IConfiguration With(params (string Name, string? Value)[] changes)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Vaults__0__Uri"] = "https://kv1.vault.azure.net",
            ["Vaults__0__Environment"] = "prod",
            ["Storage__State"] = "https://nhistate.table.core.windows.net",
            ["Storage__Evidence"] = "https://nhievidence.blob.core.windows.net",
            ["ProductVault"] = "https://kv-nhi.vault.azure.net",
            ["StagingVault"] = "https://kv-staging.vault.azure.net",
            ["LogKey"] = "https://kv-nhi.vault.azure.net/keys/log",
            ["ProducersKey"] = "https://kv-nhi.vault.azure.net/keys/producers",
        };
        foreach (var (name, value) in changes)
            values[name] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(values.Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create($"Nhi:{pair.Key.Replace("__", ":", StringComparison.Ordinal)}", pair.Value))).Build();
    }

    public static NhiSettings Read(params (string Name, string? Value)[] changes) => SettingsReader.Read(With(changes));
}
