namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// Entries of which nothing is new but that their sources were asked again, noted many at a time: what did not change costs a share of a call. Whoever dies in between asks again. Safe for concurrent use.
/// </summary>
internal sealed class AskedAgain(IOwnerBook book)
{
    /// <summary>A table takes so many rows of one partition in one call.</summary>
    private const int AtOnce = 100;
    private readonly Lock _gate = new();
    private List<OwnerEntry> _waiting = [];

    /// <summary>Throws what the book throws, for an entry among others.</summary>
    public Task AddAsync(OwnerEntry entry, CancellationToken ct)
    {
        lock (_gate)
        {
            _waiting.Add(entry);
            if (_waiting.Count < AtOnce)
                return Task.CompletedTask;
        }

        return NoteAsync(ct);
    }

    /// <summary>Notes what waits. Throws what the book throws.</summary>
    public async Task NoteAsync(CancellationToken ct)
    {
        List<OwnerEntry> all;
        lock (_gate)
            (all, _waiting) = (_waiting, []);
        if (all.Count > 0)
            await book.AskedAsync(all, ct);
    }
}
