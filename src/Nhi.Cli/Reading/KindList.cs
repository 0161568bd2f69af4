using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Kinds;

namespace Nhi.Cli.Reading;

/// <summary><c>nhi kinds</c>: what can be governed and which rights it needs. Needs no settings.</summary>
internal static class KindList
{
    /// <summary>The kinds in the order of their names.</summary>
    public static IReadOnlyList<Kind> Kinds()
    {
        using var provider = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<ICredentialSource, Nobody>()
            .AddNhiRotators()
            .BuildServiceProvider();
        return [.. provider.GetRequiredService<KindRegistry>().All.Select(rotator => rotator.Kind)];
    }

    public static Answer Read()
    {
        var kinds = Kinds();
        return new Answer(new KindsShape([.. kinds.Select(Shape)]), [
            new Block(["Kind", "Overlap", "nhi-resource", "What it is"], [.. kinds.Select(kind => (IReadOnlyList<string>)[kind.Name, string.Join(", ", kind.Overlaps), kind.ResourceForm, kind.Description])]),
            new Block(["Kind", "Role", "System", "Rights", "Scope"], [.. kinds.SelectMany(kind => kind.Rights.Select(right => (IReadOnlyList<string>)[kind.Name, right.Role, right.System, string.Join(", ", right.Actions), right.Scope]))]),
        ]);
    }

    private static KindShape Shape(Kind kind) => new(
        kind.Name, kind.Description, [.. kind.Overlaps.Select(overlap => overlap.ToString())], kind.ResourceForm, kind.SettleWindow.TotalSeconds,
        [.. kind.Rights.Select(right => new RightShape(right.Role, right.System, right.Actions, right.Scope))]);

    /// <summary>Naming kinds reaches nobody, so nobody's identity is needed.</summary>
    private sealed class Nobody : ICredentialSource
    {
        public TokenCredential Rotator(string environment) => throw new InvalidOperationException("nhi kinds reaches no provider.");
    }
}
