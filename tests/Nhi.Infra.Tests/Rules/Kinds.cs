using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators;
using Nhi.Governance.Kinds;

namespace Nhi.Infra.Tests.Rules;

/// <summary>What the code's kinds need of Azure's own rights: as <c>nhi kinds</c> prints them.</summary>
internal static class Kinds
{
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> AzureRights = Read();

    public static IReadOnlyList<string> RightsOf(string kind) => AzureRights[kind];

    /// <summary>Provider and type of the actions.</summary>
    public static string ResourceTypeOf(string kind) => string.Join('/', AzureRights[kind][0].Split('/')[..2]);

    private static Dictionary<string, IReadOnlyList<string>> Read()
    {
        using var provider = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<ICredentialSource, Nobody>()
            .AddNhiRotators()
            .BuildServiceProvider();
        return provider.GetRequiredService<KindRegistry>().All
            .Select(rotator => (rotator.Kind.Name, Actions: (IReadOnlyList<string>)[.. rotator.Kind.Rights.Where(right => right.System == "Azure RBAC").SelectMany(right => right.Actions).Distinct().Order(StringComparer.Ordinal)]))
            .Where(kind => kind.Actions.Count > 0)
            .ToDictionary(kind => kind.Name, kind => kind.Actions);
    }

    private sealed class Nobody : ICredentialSource
    {
        public TokenCredential Rotator(string environment) => throw new InvalidOperationException("Naming kinds reaches no provider.");
    }
}
