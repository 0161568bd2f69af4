using Nhi.Azure.Evidence;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Cli.Verifying;

/// <summary>The logs of one evidence account, oldest year first: as they are in Azure, or as a download left them.</summary>
internal sealed record EvidencePlace(string Name, IReadOnlyList<LogShard> Shards)
{
    private const string First = "the evidence account";
    private const string Second = "the secondary evidence account";

    /// <summary>Both accounts of the settings, with their tiles and what says how they are protected.</summary>
    public static async Task<IReadOnlyList<EvidencePlace>> OfAccountsAsync(EvidenceAccounts accounts, ITileStores tiles, IContainerPolicyState policy, DateTimeOffset now, CancellationToken ct)
    {
        List<EvidencePlace> places = [await OfAsync(First, accounts.Log, tiles, policy, now, ct)];
        if (accounts.SecondaryLog is { } secondary)
            places.Add(await OfAsync(Second, secondary, tiles, policy, now, ct));
        return places;
    }

    /// <summary>A download, as <c>nhi evidence export</c> leaves it: folders of the secondary account begin with <c>secondary-</c>.</summary>
    public static IReadOnlyList<EvidencePlace> Of(ExportedLogs export) =>
        [.. export.Shards.GroupBy(IsSecondary).OrderBy(group => group.Key).Select(group => new EvidencePlace(group.Key ? Second : First, [.. group]))];

    private static bool IsSecondary(LogShard shard) => shard.Log.Place.TrimEnd('/', Path.DirectorySeparatorChar).Split('/', '!', Path.DirectorySeparatorChar)[^1].StartsWith("secondary-", StringComparison.Ordinal);

    private static async Task<EvidencePlace> OfAsync(string name, EvidenceContainers containers, ITileStores tiles, IContainerPolicyState policy, DateTimeOffset now, CancellationToken ct) =>
        new(name, await LogShards.OfAsync(containers, tiles, policy, now, ct));
}
