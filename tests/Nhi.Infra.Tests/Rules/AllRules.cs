namespace Nhi.Infra.Tests.Rules;

internal static class AllRules
{
    /// <summary>About what infra/main.bicep deploys.</summary>
    public static IReadOnlyList<Rule> OfTheDeployment => [.. StorageRules.All, .. VaultRules.All, .. AppRules.All, .. RightsRules.All, .. WatchingRules.All];
}
