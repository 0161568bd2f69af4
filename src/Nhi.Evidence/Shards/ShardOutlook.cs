using System.Globalization;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Shards;

/// <summary>
/// How the containers of one account stand to the year. <paramref name="InUse"/>: the origin of the log that is written to. <paramref name="Missing"/>: what the year's container should be called, where another one goes on; else null.
/// <paramref name="RunsOut"/>: the end of the last year that there is a container for, UTC; null where containers are not by year.
/// </summary>
public sealed record ShardOutlook(string InUse, string? Missing, DateTimeOffset? RunsOut)
{
    /// <summary>So long before the last container runs out somebody has to hear of it.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(60);

    /// <summary>Throws <see cref="EvidenceStoreException"/> when the account has no container that counts, or does not answer.</summary>
    public static async Task<ShardOutlook> OfAsync(IEvidenceContainers containers, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(containers);
        var current = await containers.CurrentAsync(now, ct);
        if (ShardName.TryParse(current.Origin) is not { } shard)
            return new ShardOutlook(current.Origin, null, null);
        var year = now.UtcDateTime.Year;
        var last = (await containers.AllAsync(ct)).Max(store => ShardName.TryParse(store.Origin)?.Year ?? shard.Year);
        return new ShardOutlook(shard.Origin, shard.Year == year ? null : shard.Of(year), new DateTimeOffset(last + 1, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    /// <summary>What a person has to do something about, with the remedy; null when all is well for <see cref="Notice"/> at least.</summary>
    public string? Warning(DateTimeOffset now) =>
        Missing is not null ? $"The container {Missing} is missing, is not prepared or has no immutability policy, and {InUse} goes on. Deploy again, or run nhi evidence prepare."
        : RunsOut - now < Notice ? string.Create(CultureInfo.InvariantCulture, $"The last container for evidence runs out on {RunsOut:yyyy-MM-dd} ({InUse[..InUse.IndexOf('/', StringComparison.Ordinal)]}). Deploy again: that makes the containers of this year and the next two.")
        : null;
}
