using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Records;
using Nhi.Evidence.Storage;

namespace Nhi.Cli.Verifying;

/// <summary>
/// <c>nhi evidence legal-hold</c>: what a hold for a span of time would cover, and the command that sets it. The product holds no right to set one: it would be a right over the evidence.
/// </summary>
internal static class LegalHold
{
    /// <param name="stores">The containers, of both accounts.</param>
    /// <param name="tag">3 to 23 lower-case letters and digits, as Azure wants it.</param>
    /// <param name="from">The first day, UTC.</param>
    /// <param name="to">The last day, UTC.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<Answer> ShowAsync(IReadOnlyList<IEvidenceStore> stores, string tag, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        if (tag.Length is < 3 or > 23 || tag.Any(c => c is not (>= 'a' and <= 'z') and not (>= '0' and <= '9')))
            throw new CliFailure("A hold's tag has 3 to 23 lower-case letters and digits: a case number, say.");
        if (to < from)
            throw new CliFailure("--to is before --from.");
        List<HeldContainerShape> held = [];
        foreach (var store in stores)
            if (await OfAsync(store, tag, from, to, ct) is { } one)
                held.Add(one);
        return new Answer(new LegalHoldShape(held), held.Count == 0
            ? [Block.Lines("No container holds a record of these days: there is nothing to hold.")]
            :
            [
                new Block(["Log", "Records of these days", "Records held", "First", "Last"], [.. held.Select(one => (IReadOnlyList<string>)[one.Log, $"{one.Records}", $"{one.All}", one.First, one.Last])]),
                Block.Lines(["A hold covers its whole container. Somebody with the right on the account sets it (and az storage container legal-hold clear lifts it):", .. held.Select(one => "  " + one.Command)]),
            ]);
    }

    /// <summary>A late record lies in the year in which it was written: so every container is looked at.</summary>
    private static async Task<HeldContainerShape?> OfAsync(IEvidenceStore store, string tag, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        long all = 0, within = 0;
        string? first = null, last = null;
        await foreach (var blob in store.ListAsync(RecordPath.Root, ct))
        {
            if (!RecordPath.TryParse(blob.Path, out var name))
                continue;
            all++;
            if (name.Time < from || name.Time >= to.AddDays(1))
                continue;
            within++;
            first ??= blob.Path;
            last = blob.Path;
        }

        var (host, container) = (store.Origin.Split('/')[0], store.Origin.Split('/')[1]);
        return within == 0 ? null : new HeldContainerShape(store.Origin, within, all, first!, last!, $"az storage container legal-hold set --account-name {host.Split('.')[0]} --container-name {container} --tags {tag}");
    }
}
