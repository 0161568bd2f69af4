using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>Goes through the list of one vault and keeps what is new. After each page it keeps how far it came, so that the next one repeats one page at most.</summary>
internal sealed partial class VaultSweep(
    ICredentialVault vault, ISweptEstate estate, PolicySubjects subjects, KindRegistry kinds, ResourceSurveys surveys, ProgressBook book, InventoryPace pace, ILogger<InventorySweep> logger)
{
    /// <summary>So many secrets of one page that could not be looked at are a vault that is down.</summary>
    private const int MostFailuresOfAPage = 3;

    /// <summary>
    /// Throws what kept it from the end of the list; how far it came is kept, with the reason.
    /// A vault that the same run has finished with already is not asked again.
    /// </summary>
    public async Task RunAsync(GovernedVault governed, InventoryRun run, IReadOnlySet<string> selected, DateTimeOffset now, InventoryReport report, CancellationToken ct)
    {
        var cursor = await book.OpenAsync(governed.Host, ct);
        if (cursor.Progress is not { Done: true } done || done.Run != run.Number)
        {
            var pass = new Pass(governed, run, selected, now, report, cursor);
            try
            {
                await ListAsync(pass, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                await TellWhyAsync(cursor, pass, e, ct);
                throw;
            }
        }

        report.Add(governed.Host, cursor.Progress!);
    }

    private async Task ListAsync(Pass pass, CancellationToken ct)
    {
        if (GoesOn(pass) is { } kept)
        {
            try
            {
                await ListFromAsync(pass, kept with { Run = pass.Run.Number, Why = null }, ct);
                return;
            }
            catch (RefusedContinuationException)
            {
                // It was too old, or is not what was kept: nothing is lost but a few calls.
                LogBegunAnew(pass.Governed.Host);
            }
        }

        await ListFromAsync(pass, pass.Anew, ct);
    }

    /// <summary>Null where the vault's list is to be begun anew.</summary>
    private static VaultProgress? GoesOn(Pass pass) =>
        pass.Cursor.Progress is { Done: false, Continuation: not null } kept && kept.Started <= pass.Now && pass.Now - kept.Started < ProgressBook.MostAge ? kept : null;

    private async Task ListFromAsync(Pass pass, VaultProgress progress, CancellationToken ct)
    {
        var seen = progress.Continuation is null ? new SeenNames() : SeenNames.Parse(progress.Seen);
        // A list from its first page on knows by itself what came up; one that goes on needs what was kept of its beginning.
        var tellsMissing = seen.IsWhole;
        var known = await KnownNames.LoadAsync(estate, pass.Governed.Host, seen, ct);
        await using var pages = vault.ListSecretsAsync(pass.Governed.Host, progress.Continuation, ct).GetAsyncEnumerator(ct);
        for (var first = true; await NextAsync(pages, continued: first && progress.Continuation is not null); first = false)
        {
            var page = pages.Current;
            var failed = new ConcurrentQueue<string>();
            var changed = await PageAsync(pass, page, known, failed, ct);
            foreach (var listed in page.Secrets)
                seen.Add(listed.Id);
            progress = progress with
            {
                Listed = progress.Listed + page.Secrets.Count,
                Changed = progress.Changed + changed,
                Failed = [.. progress.Failed.Concat(failed.Order(StringComparer.Ordinal)).Take(VaultProgress.MostFailed)],
            };
            if (page.Continuation is null)
                break;
            progress = progress with { Continuation = page.Continuation.Length <= VaultProgress.LongestContinuation ? page.Continuation : null, Seen = seen.ToText() };
            await pass.Cursor.MoveAsync(progress, ct);
        }

        await EndAsync(pass, progress, tellsMissing ? known : null, ct);
    }

    /// <param name="pass">Which vault.</param>
    /// <param name="progress">What its pages came to.</param>
    /// <param name="known">Tells what is missing; null where nobody can.</param>
    /// <param name="ct">Cancels.</param>
    private async Task EndAsync(Pass pass, VaultProgress progress, KnownNames? known, CancellationToken ct)
    {
        var failed = new ConcurrentQueue<string>();
        var gone = known is { IsSomethingMissing: true } ? await MissingAsync(pass, known, failed, ct) : 0;
        string[] all = [.. progress.Failed.Concat(failed.Order(StringComparer.Ordinal)).Take(VaultProgress.MostFailed)];
        await pass.Cursor.MoveAsync(progress with
        {
            Continuation = null,
            Seen = null,
            Done = true,
            Gone = gone,
            Failed = all,
            GoneUnseen = known is null,
            Why = all.Length > 0 ? $"Not finished with: {string.Join(", ", all)}." : known is null ? "The list was interrupted and is long: what is gone is seen by the next one." : null,
            Complete = all.Length == 0 && known is not null ? progress.Started : progress.Complete,
            Secrets = progress.Listed,
        }, ct);
    }

    /// <summary>The secrets of a page that are new or changed are looked at; returns how many.</summary>
    private async Task<int> PageAsync(Pass pass, SecretPage page, KnownNames known, ConcurrentQueue<string> failed, CancellationToken ct)
    {
        List<SweptCredential> news = [];
        foreach (var listed in page.Secrets)
            if (Listed(listed, pass) is var swept && !known.IsAsItWas(listed.Id, swept.Stamp!, SweptStamp.OfDay(swept.Stamp!, listed.Id, pass.Now)))
                news.Add(swept);
        Exception? last = null;
        var changed = 0;
        await Parallel.ForEachAsync(news, new ParallelOptions { MaxDegreeOfParallelism = pace.Versions, CancellationToken = ct }, async (swept, token) =>
        {
            try
            {
                if (await LookAsync(pass, swept, token))
                    Interlocked.Increment(ref changed);
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                failed.Enqueue(swept.Id.Name);
                LogFailed(swept.Id.ToString(), e);
                // What fails for good is its own secret's trouble; what fails for a while may be the vault's.
                if (e is ExternalCallException { Transient: true })
                    Interlocked.Exchange(ref last, e);
            }
        });
        return failed.Count >= MostFailuresOfAPage && last is not null ? throw last : changed;
    }

    /// <summary>What the list alone says, with the stamp that it would have.</summary>
    private SweptCredential Listed(ListedSecret listed, Pass pass)
    {
        var subject = subjects.Of(listed.Id, listed.Newest.Tags);
        subjects.ResourceOf(listed.Id, listed.Newest.Tags, out var resource, out _);
        var kind = listed.Newest.Managed ? null : kinds.Find(subject.Kind)?.Kind.Name;
        var opens = listed.Newest.Managed ? null : resource?.Id;
        var newest = Kept(listed.Newest, KeptOf(listed.Id, listed.Newest.Tags, kind, opens, pass.Selected));
        return new SweptCredential
        {
            Id = listed.Id, Environment = subject.Environment, Newest = newest, Kind = kind, Resource = opens, FirstSeen = pass.Now,
            Stamp = SweptStamp.Of(newest, subject.Environment, kind, opens),
        };
    }

    /// <summary>False when it is as it was after all. Its resource is asked after before its row is written: whoever dies in between asks again.</summary>
    private async Task<bool> LookAsync(Pass pass, SweptCredential listed, CancellationToken ct)
    {
        var known = await estate.FindAsync(listed.Id, ct);
        if (known is { Gone: null } && (known.Stamp == listed.Stamp || known.Stamp == SweptStamp.OfDay(listed.Stamp!, listed.Id, pass.Now)))
            return false;
        var swept = known is null ? listed : known with
        {
            Environment = listed.Environment, Newest = listed.Newest, Kind = listed.Kind, Resource = listed.Resource, Gone = null, Stamp = listed.Stamp,
        };
        try
        {
            if (!listed.Newest.Managed)
            {
                var versions = await vault.ListVersionsAsync(listed.Id, ct);
                // Deleted between the two lists: the next sweep sees what is left.
                if (versions.Versions.Count == 0)
                    return false;
                swept = WithVersions(swept, versions, pass);
            }
        }
        catch (ExternalCallException)
        {
            await estate.WriteAsync(swept with { Stamp = null }, ct);
            throw;
        }

        await surveys.AskAsync(swept.Kind, swept.Resource, pass.Run.Started, pass.Now, pass.Report, ct);
        await estate.WriteAsync(swept, known, ct);
        return true;
    }

    /// <summary>An address counts only where the resource is made of it: a kind that reads none, or reads another tag, says nothing of what stands there.</summary>
    private IReadOnlyDictionary<string, string> KeptOf(CredentialId id, IReadOnlyDictionary<string, string> tags, string? kind, ResourceId? resource, IReadOnlySet<string> selected)
    {
        var address = resource is null ? null : KeptTags.Addresses.FirstOrDefault(tags.ContainsKey);
        var without = address is null ? tags : tags.Where(tag => !KeptTags.Addresses.Contains(tag.Key)).ToDictionary(tag => tag.Key, tag => tag.Value);
        if (address is not null && subjects.ResourceOf(id, without, out var same, out _) is not null && same!.Id == resource)
            address = null;
        return KeptTags.Of(tags, kind is not null, address, selected);
    }

    /// <summary>What nobody here reads is not kept: a content type is anybody's text, as tags are.</summary>
    private static CredentialVersion Kept(CredentialVersion version, IReadOnlyDictionary<string, string> tags) => version with { Tags = tags, ContentType = null };

    private SweptCredential WithVersions(SweptCredential swept, VersionList list, Pass pass)
    {
        var ordered = list.Versions.OrderBy(version => version.Created).ThenBy(version => version.Version, StringComparer.Ordinal).ToList();
        var kept = ordered.Skip(Math.Max(0, ordered.Count - SweptCredential.MostVersions)).ToList();
        for (var i = 0; i < kept.Count; i++)
            kept[i] = Kept(kept[i], i < kept.Count - 1 ? KeptTags.Own(kept[i].Tags) : KeptOf(swept.Id, kept[i].Tags, swept.Kind, swept.Resource, pass.Selected));
        return swept with
        {
            Versions = kept,
            OlderVersions = ordered.Count - kept.Count,
            VersionsSeen = list.ServiceTime,
            // Times are whole seconds: another version of this same second would look like this one, so it wants another look.
            // A list shows the newest version alone: what becomes of older ones is seen once a day.
            Stamp = swept.Newest.Updated >= list.ServiceTime ? null : kept.Count > 1 ? SweptStamp.OfDay(swept.Stamp!, swept.Id, pass.Now) : swept.Stamp,
        };
    }

    /// <summary>
    /// What did not come up is asked after once more before it counts as gone: a list whose pages shifted, or that was cut short, makes nothing disappear.
    /// </summary>
    private async Task<int> MissingAsync(Pass pass, KnownNames known, ConcurrentQueue<string> failed, CancellationToken ct)
    {
        var gone = 0;
        var missing = estate.StampsAsync(pass.Governed.Host, ct).Where(row => !row.Gone && known.IsMissing(row.Id));
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = pace.Versions, CancellationToken = ct }, async (row, token) =>
        {
            try
            {
                if ((await vault.ListVersionsAsync(row.Id, token)).Versions.Count > 0 || await estate.FindAsync(row.Id, token) is not { } swept)
                    return;
                await estate.WriteAsync(swept with { Gone = pass.Now }, token);
                Interlocked.Increment(ref gone);
            }
            catch (ExternalCallException e)
            {
                failed.Enqueue(row.Id.Name);
                LogFailed(row.Id.ToString(), e);
            }
        });
        return gone;
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<SecretPage> pages, bool continued)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (ExternalCallException e) when (continued && !e.Transient)
        {
            throw new RefusedContinuationException();
        }
    }

    /// <summary>Best effort: a table that is down has its own failure already.</summary>
    private async Task TellWhyAsync(VaultCursor cursor, Pass pass, Exception failure, CancellationToken ct)
    {
        try
        {
            var why = failure is ExternalCallException ? failure.Message : $"{failure.GetType().Name}.";
            await cursor.MoveAsync((GoesOn(pass) ?? pass.Anew) with { Run = pass.Run.Number, Why = why.Length <= 500 ? why : why[..500] }, ct);
        }
        catch (ExternalCallException e)
        {
            LogNotKept(pass.Governed.Host, e);
        }
    }

    /// <summary>One pass over one vault.</summary>
    private sealed record Pass(GovernedVault Governed, InventoryRun Run, IReadOnlySet<string> Selected, DateTimeOffset Now, InventoryReport Report, VaultCursor Cursor)
    {
        public VaultProgress Anew => (Cursor.Progress ?? new VaultProgress()).Anew(Run.Number, Now);
    }

    private sealed class RefusedContinuationException : Exception;

    [LoggerMessage(2213, LogLevel.Warning, "{What} could not be looked at; the next sweep looks again")]
    private partial void LogFailed(string what, Exception exception);

    [LoggerMessage(2214, LogLevel.Warning, "The list of {Vault} cannot be gone on with; it is begun anew")]
    private partial void LogBegunAnew(string vault);

    [LoggerMessage(2215, LogLevel.Warning, "How far the list of {Vault} came is not kept")]
    private partial void LogNotKept(string vault, Exception exception);
}

/// <summary>How much is asked at once: <paramref name="Vaults"/>, and of each vault <paramref name="Versions"/> lists of versions.</summary>
public sealed record InventoryPace(int Vaults = 4, int Versions = 4);
