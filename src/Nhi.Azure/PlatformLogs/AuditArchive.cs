using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// The archive that diagnostic settings write: the container <c>insights-logs-auditevent</c>, a folder a vault, an append blob an hour, a line a call.
/// It is read by the watcher's identity and never written.
/// </summary>
/// <param name="container">The container; where there is none, no vault has a log.</param>
public sealed partial class AuditArchive(BlobContainerClient container) : IPlatformLog
{
    /// <summary>The container's name, as Azure gives it.</summary>
    public const string Container = "insights-logs-auditevent";

    private const string Root = "resourceId=/SUBSCRIPTIONS/";
    private const int MostFolders = 10_000;
    private const int DayByDay = 3;

    /// <summary>How long the folders that were found count: a run looks for those of all its vaults once.</summary>
    private static readonly TimeSpan _fresh = TimeSpan.FromMinutes(5);
    private Found? _found;

    public async IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var folders = await FoldersAsync(vaultHost.Split('.')[0], ct);
        foreach (var span in folders.Count == 0 ? [] : Spans(from.UtcDateTime.Date, to.UtcDateTime.Date))
        {
            List<LogPart> parts = [];
            foreach (var folder in folders)
                await foreach (var blob in ListAsync(folder + span, ct))
                    if (PartOf(blob) is { } part && part.Hour >= from && part.Hour <= to)
                        parts.Add(part);
            foreach (var part in parts.OrderBy(part => part.Hour).ThenBy(part => part.Name, StringComparer.Ordinal))
                yield return part;
        }
    }

    /// <summary>The days, both included, as they are listed: one by one, or a month at once where more than some of its days are asked for; it has 744 blobs at most.</summary>
    private static IEnumerable<string> Spans(DateTime from, DateTime to)
    {
        while (from <= to)
        {
            var month = new DateTime(from.Year, from.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1);
            var end = month <= to ? month : to.AddDays(1);
            if ((end - from).TotalDays > DayByDay)
                yield return string.Create(CultureInfo.InvariantCulture, $"y={from:yyyy}/m={from:MM}/");
            else
                for (var day = from; day < end; day = day.AddDays(1))
                    yield return string.Create(CultureInfo.InvariantCulture, $"y={day:yyyy}/m={day:MM}/d={day:dd}/");
            from = end;
        }
    }

    public async IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, [EnumeratorCancellation] CancellationToken ct)
    {
        var call = new ExternalCall($"read the log {part.Name}", Changes: false);
        using var download = await call.RunAsync(
            async () => (await container.GetBlobClient(part.Name).DownloadStreamingAsync(new BlobDownloadOptions { Range = new HttpRange(offset, part.Size - offset) }, ct)).Value, ct);
        var lines = new LineSplitter(download.Content, offset, AuditEvents.LongestLine);
        while (await call.RunAsync(async () => await lines.NextAsync(ct), ct) is { } line)
            yield return line;
    }

    /// <summary>Where a vault's log lies; more than one folder where the vault was moved.</summary>
    private async Task<IReadOnlyList<string>> FoldersAsync(string vault, CancellationToken ct)
    {
        if (_found is not { } found || TimeProvider.System.GetElapsedTime(found.At) >= _fresh)
            _found = found = new Found(await WalkAsync(ct), TimeProvider.System.GetTimestamp());
        return [.. found.Folders[vault.ToUpperInvariant()]];
    }

    /// <summary>The folders of all vaults, by the vault's name in capitals: one list call, one a subscription and one a resource group.</summary>
    private async Task<ILookup<string, string>> WalkAsync(CancellationToken ct)
    {
        List<string> folders = [Root];
        foreach (var below in (string[])["RESOURCEGROUPS/", "PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/", ""])
        {
            List<string> next = [];
            foreach (var folder in folders)
                await foreach (var found in FoldersBelowAsync(folder, ct))
                {
                    next.Add(found + below);
                    if (next.Count > MostFolders)
                        throw new Governance.Credentials.ExternalCallException($"The container {Container} holds logs of more than {MostFolders} subscriptions, resource groups or vaults. Let the governed vaults' settings write to a container of their own account.", mayHaveHappened: false, transient: false, "TooManyFolders");
                }

            folders = next;
        }

        return folders.ToLookup(folder => folder.Split('/')[^2], StringComparer.Ordinal);
    }

    private async IAsyncEnumerable<string> FoldersBelowAsync(string folder, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var items = container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Prefix = folder, Delimiter = "/" }, ct).GetAsyncEnumerator(ct);
        while (await NextAsync(folder, items, ct))
            if (items.Current.IsPrefix)
                yield return items.Current.Prefix;
    }

    private async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var items = container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, ct).GetAsyncEnumerator(ct);
        while (await NextAsync(prefix, items, ct))
            yield return items.Current;
    }

    /// <summary>A container that is not there holds nothing: no diagnostic setting has written yet.</summary>
    private static async Task<bool> NextAsync<T>(string what, IAsyncEnumerator<T> items, CancellationToken ct)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return false;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"list the logs below {what}", Changes: false).Classify(e);
        }
    }

    /// <summary>The folders of vaults, by name, and when (<see cref="TimeProvider.GetTimestamp"/>) they were looked for.</summary>
    private sealed record Found(ILookup<string, string> Folders, long At);

    private static LogPart? PartOf(BlobItem blob) =>
        NamePattern().Match(blob.Name) is { Success: true } match
        && DateTimeOffset.TryParseExact($"{match.Groups["y"]}{match.Groups["m"]}{match.Groups["d"]}{match.Groups["h"]}", "yyyyMMddHH", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var hour)
        && blob.Properties.ContentLength is { } size
            ? new LogPart(blob.Name, hour, size)
            : null;

    [GeneratedRegex(@"/y=(?<y>[0-9]{4})/m=(?<m>[0-9]{2})/d=(?<d>[0-9]{2})/h=(?<h>[0-9]{2})/m=[0-9]{2}/PT1H\.json\z")]
    private static partial Regex NamePattern();
}
