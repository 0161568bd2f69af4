using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Simulation.Tests.World;

/// <summary>The working tables: ETags, timestamps, races, and a day on which all of them are dropped.</summary>
internal sealed class SimTables(SimWorld world)
{
    public Dictionary<ResourceId, (OperationRow Row, int ETag, DateTimeOffset Stamp)> Operations { get; } = [];
    public Dictionary<(ResourceId, string), DebtNote> Debts { get; } = [];
    public SortedDictionary<CredentialId, InventoryEntry> Inventory { get; } = [];
    public Dictionary<CredentialId, OwnerCandidate?> Owners { get; } = [];
    public Dictionary<CredentialId, SecretNote> Notes { get; } = [];
    public Dictionary<string, Cursor> Cursors { get; } = [];
    public List<Pause> Pauses { get; } = [];
    public bool Ready { get; set; } = true;
    private int _etag;

    public void Drop()
    {
        Operations.Clear();
        Debts.Clear();
        Inventory.Clear();
        Owners.Clear();
        Notes.Clear();
        Cursors.Clear();
        Ready = false;
        world.Evidence.DropIndex();
    }

    /// <summary>Which events arrived: the rows of the table <c>Use</c> that events make.</summary>
    public Dictionary<(CredentialId, string), DateTimeOffset> Announcements { get; } = [];

    internal sealed class Announced(SimWorld world, Wire wire) : IAnnouncements
    {
        public Task NoteAsync(CredentialId id, string type, DateTimeOffset now, CancellationToken ct) => wire.CallAsync("use.write", true, () => world.Tables.Announcements[(id, type)] = now);
        public Task<Governance.Sweeps.Events.Announced?> FindAsync(CredentialId id, CancellationToken ct) => throw new NotSupportedException();
    }

    internal sealed class Client(SimWorld world, Wire wire) : IOperations, IDebts, IInventory, IPauses, ICursors
    {
        private SimTables Tables => world.Tables;

        private RowReading Answer(OperationRow? row, int etag, DateTimeOffset stamp) =>
            new(row, etag.ToString(System.Globalization.CultureInfo.InvariantCulture), world.Second, world.Clock.Now - stamp);

        public Task<RowReading> ReadAsync(ResourceId resource, CancellationToken ct) => wire.CallAsync("row.read", false, () =>
            Tables.Operations.TryGetValue(resource, out var found) ? Answer(found.Row, found.ETag, found.Stamp) : new RowReading(null, null, world.Second, TimeSpan.Zero));

        public Task<RowReading?> TryInsertAsync(OperationRow row, CancellationToken ct) => wire.CallAsync("row.insert", true, () =>
            Tables.Operations.ContainsKey(row.Resource) ? null : Store(row));

        public Task<RowReading?> TryReplaceAsync(OperationRow row, string etag, CancellationToken ct) => wire.CallAsync("row.replace", true, () =>
            Tables.Operations.TryGetValue(row.Resource, out var found) && found.ETag.ToString(System.Globalization.CultureInfo.InvariantCulture) == etag ? Store(row) : null);

        private RowReading? Store(OperationRow row)
        {
            world.RowWritten(row);
            var stored = (row, ++Tables._etag, world.Clock.Now);
            Tables.Operations[row.Resource] = stored;
            return Answer(row, stored.Item2, stored.Now);
        }

        public async IAsyncEnumerable<RowReading> ListOpenAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var row in await wire.CallAsync("row.list", false, () => Tables.Operations.Values.Where(found => found.Row.Open).Select(found => Answer(found.Row, found.ETag, found.Stamp)).ToList()))
                yield return row;
        }

        public IAsyncEnumerable<RowReading> ListAsync(CancellationToken ct) => ListOpenAsync(ct);
        public Task<bool> IsReadyAsync(CancellationToken ct) => wire.CallAsync("row.ready", false, () => Tables.Ready);
        public Task MarkReadyAsync(CancellationToken ct) => wire.CallAsync("row.mark", true, () => Tables.Ready = true);

        public Task<IReadOnlyList<DebtNote>> OfAsync(ResourceId resource, CancellationToken ct) => wire.CallAsync("debts.read", false, () => (IReadOnlyList<DebtNote>)[.. Tables.Debts.Values.Where(note => note.Resource == resource)]);
        public async Task<DebtNote> ChangeAsync(ResourceId resource, string handle, Func<DebtNote, DebtNote> change, CancellationToken ct)
        {
            while (true)
            {
                var known = await wire.CallAsync("debts.find", false, () => Tables.Debts.GetValueOrDefault((resource, handle)));
                var note = change(known ?? new DebtNote { Resource = resource, Handle = handle });
                if (await wire.CallAsync("debts.write", true, () => ReferenceEquals(Tables.Debts.GetValueOrDefault((resource, handle)), known) && Store(note)))
                    return note;
            }
        }

        private bool Store(DebtNote note)
        {
            world.Log($"note {note.Resource} {note.Handle} leftover since {note.LeftoverSince:HH:mm} {note.Waiting}");
            Tables.Debts[(note.Resource, note.Handle)] = note;
            return true;
        }

        public IAsyncEnumerable<DebtNote> ListDebtsAsync() => Tables.Debts.Values.ToAsyncEnumerable();
        IAsyncEnumerable<DebtNote> IDebts.ListAsync(CancellationToken ct) => ListDebtsAsync();

        public Task<InventoryEntry?> FindAsync(CredentialId id, CancellationToken ct) => wire.CallAsync("inventory.read", false, () => Tables.Inventory.GetValueOrDefault(id));
        public async Task<IReadOnlyList<CredentialId>> SecretsOfAsync(ResourceId resource, CancellationToken ct) => [.. (await OwnedSecretsOfAsync(resource, ct)).Select(secret => secret.Id)];
        public Task<IReadOnlyList<OwnedSecret>> OwnedSecretsOfAsync(ResourceId resource, CancellationToken ct) => wire.CallAsync("inventory.siblings", false, () => (IReadOnlyList<OwnedSecret>)[.. Tables.Inventory.Values.Where(entry => entry.Resource == resource && !entry.Gone).Select(entry => new OwnedSecret(entry.Id, Tables.Owners.GetValueOrDefault(entry.Id), Tables.Notes.GetValueOrDefault(entry.Id)))]);
        public Task NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct) => wire.CallAsync("inventory.owner", true, () => Tables.Owners[id] = owner);
        public Task NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct) => wire.CallAsync("inventory.note", true, () => Tables.Notes[id] = note);
        public IAsyncEnumerable<WaitingSecret> WaitingAsync(CancellationToken ct) => throw new NotSupportedException();
        public Task ObserveAsync(InventoryEntry entry, CancellationToken ct) => wire.CallAsync("inventory.write", true, () =>
        {
            world.Log($"seen {entry.Id.Name} owed {entry.Owed} next {entry.NextLook:dd HH:mm} due {entry.Due:dd HH:mm}");
            return Tables.Inventory[entry.Id] = entry;
        });

        public async IAsyncEnumerable<InventoryEntry> OfVaultAsync(string vaultHost, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var entry in await wire.CallAsync("inventory.list", false, () => Tables.Inventory.Values.Where(entry => entry.Id.Vault == vaultHost).ToList()))
                yield return entry;
        }

        public Task<IReadOnlyList<Pause>> CurrentAsync(CancellationToken ct) => wire.CallAsync("pauses.read", false, () => (IReadOnlyList<Pause>)[.. Tables.Pauses]);
        public Task SetAsync(Pause pause, CancellationToken ct) => wire.CallAsync("pauses.set", true, () => { Tables.Pauses.Add(pause); return true; });
        public Task<bool> LiftAsync(string scope, CancellationToken ct) => wire.CallAsync("pauses.lift", true, () => Tables.Pauses.RemoveAll(pause => pause.Scope == scope) > 0);

        public Task<Cursor?> ReadAsync(string name, CancellationToken ct) => wire.CallAsync("cursor.read", false, () => Tables.Cursors.GetValueOrDefault(name));
        public Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct) => wire.CallAsync("cursor.move", true, () =>
            Tables.Cursors.GetValueOrDefault(name)?.ETag == from?.ETag ? Tables.Cursors[name] = new Cursor(value, $"{++Tables._etag}") : null);
    }
}
