using Nhi.Azure.Evidence;
using Nhi.Cli.Output;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Cli.Verifying;

/// <summary>The logs of one evidence account, oldest year first: as they are in Azure, or as a download left them.</summary>
internal sealed record EvidencePlace(string Name, IReadOnlyList<LogShard> Shards)
{
    /// <summary>Both accounts of the settings, with their tiles.</summary>
    public static async Task<IReadOnlyList<EvidencePlace>> OfAccountsAsync(EvidenceAccounts accounts, ITileStores tiles, DateTimeOffset now, CancellationToken ct)
    {
        List<EvidencePlace> places = [await OfAsync("the evidence account", accounts.Log, tiles, now, ct)];
        if (accounts.SecondaryLog is { } secondary)
            places.Add(await OfAsync("the secondary evidence account", secondary, tiles, now, ct));
        return places;
    }

    /// <summary>A download: a container's folder, a folder of such folders (those of the secondary account begin with <c>secondary-</c>), or a zip of either.</summary>
    public static async Task<IReadOnlyList<EvidencePlace>> OfExportAsync(string path, CancellationToken ct)
    {
        var logs = File.Exists(path) ? await OfZipAsync(path, ct) : await OfFolderAsync(path, ct);
        return logs.Count == 0
            ? throw new CliFailure($"There is no log in '{path}'. Name the folder that holds log/ and records/, the folder above it, or a zip of one of them.")
            : [.. logs.GroupBy(log => log.IsSecondary).OrderBy(group => group.Key).Select(group => new EvidencePlace(
                group.Key ? "the secondary evidence account" : "the evidence account",
                [.. group.OrderBy(log => log.Name, StringComparer.Ordinal).Select(log => new LogShard(log.Log))]))];
    }

    /// <summary>A container made ahead is no log yet: of a year to come, without a batch.</summary>
    private static async Task<EvidencePlace> OfAsync(string name, EvidenceContainers containers, ITileStores tiles, DateTimeOffset now, CancellationToken ct)
    {
        List<LogShard> shards = [];
        foreach (var store in (await containers.AllAsync(ct)).Reverse())
            if (!store.Origin.EndsWith($"-{now.UtcDateTime.Year + 1}", StringComparison.Ordinal) && !store.Origin.EndsWith($"-{now.UtcDateTime.Year + 2}", StringComparison.Ordinal)
                || await store.ReadAsync(BatchName.Of(0), 1, ct) is not null)
                shards.Add(new LogShard(new StoreLog(store), tiles.Of(store.Origin)));
        return new EvidencePlace(name, shards);
    }

    private static async Task<List<Export>> OfFolderAsync(string path, CancellationToken ct)
    {
        if (!Directory.Exists(path))
            throw new CliFailure($"There is no folder and no zip '{path}'.");
        if (IsContainer(path))
            return [new Export(Path.GetFileName(Path.GetFullPath(path)), await FolderLog.OpenAsync(path, ct))];
        List<Export> found = [];
        foreach (var folder in Directory.EnumerateDirectories(path).Where(IsContainer).Order(StringComparer.Ordinal))
            found.Add(new Export(Path.GetFileName(folder), await FolderLog.OpenAsync(folder, ct)));
        return found;
    }

    private static async Task<List<Export>> OfZipAsync(string path, CancellationToken ct)
    {
        List<Export> found = [];
        foreach (var folder in ZipLog.FoldersOf(path))
            found.Add(new Export(folder.TrimEnd('/').Split('/')[^1], await ZipLog.OpenAsync(path, folder, ct)));
        return found;
    }

    /// <summary>A container made ahead holds neither, and is no log yet.</summary>
    private static bool IsContainer(string folder) => Directory.Exists(Path.Combine(folder, "log")) || Directory.Exists(Path.Combine(folder, "records"));

    private sealed record Export(string Name, IReadableLog Log)
    {
        internal bool IsSecondary => Name.StartsWith("secondary-", StringComparison.Ordinal);
    }
}
