using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Simulation.Tests.World;

/// <summary>What sweeps know: open findings, who read what (the platform tells it late), and the table of removals.</summary>
internal sealed class SimNeglect(SimWorld world)
{
    public Dictionary<string, Finding> Findings { get; } = [];
    public Dictionary<CredentialId, RemovalNote> Removals { get; } = [];
    public List<(CredentialId Id, string Version, DateTimeOffset At)> Reads { get; } = [];

    /// <summary>How late the platform tells of a read; null: it never tells.</summary>
    public TimeSpan? Lag { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Since when reads are known without a hole.</summary>
    public DateTimeOffset Heard { get; set; } = SimWorld.Start - TimeSpan.FromDays(30);

    /// <summary>Since when the log says nothing: what is read meanwhile nobody ever hears of; null: it goes on.</summary>
    public DateTimeOffset? Silent { get; set; }

    public Dictionary<CredentialId, OwnerEntry> Owners { get; } = [];

    public bool IsOpen(CredentialId id, string signal) => Findings.Values.Any(finding => finding.Credential == id && finding.Signal == signal && finding.Resolved is null);

    /// <summary>Somebody asks for the current version: a disabled one is refused, and the log has it all the same.</summary>
    public void Read(CredentialId id)
    {
        if (Silent is null && world.Vault.CurrentOf(id) is { } current)
            Reads.Add((id, current.Version.Version, world.Clock.Now));
    }

    public static Finding Finding(CredentialId id, string signal, int score = 50) => new()
    {
        Signal = signal,
        Subject = id.ToString(),
        Credential = id,
        Severity = "warning",
        Score = score,
        Facts = [$"seen for {id.Name}"],
        Remedy = "Keep it, or let it go.",
    };

    internal sealed class Client(SimWorld world, Wire wire) : IFindings, IRemovals, IUseFacts, IOwnerBook
    {
        private SimNeglect Known => world.Neglect;

        Task<IReadOnlyList<Finding>> IFindings.OfAsync(string subject, CancellationToken ct) =>
            wire.CallAsync("findings.read", false, () => (IReadOnlyList<Finding>)[.. Known.Findings.Values.Where(finding => finding.Subject == subject && finding.Resolved is null)]);

        public async IAsyncEnumerable<Finding> ListAsync(bool resolved, [EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var finding in await wire.CallAsync("findings.list", false, () => Known.Findings.Values.Where(finding => resolved || finding.Resolved is null).ToList()))
                yield return finding;
        }

        public Task WriteAsync(Finding finding, CancellationToken ct) => wire.CallAsync("findings.write", true, () => Known.Findings[finding.Key] = finding);

        public Task<RemovalNote?> FindAsync(CredentialId id, CancellationToken ct) => wire.CallAsync("removals.read", false, () => Known.Removals.GetValueOrDefault(id));

        public async IAsyncEnumerable<RemovalNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var note in await wire.CallAsync("removals.list", false, () => Known.Removals.Values.ToList()))
                yield return note;
        }

        public Task WriteAsync(RemovalNote note, CancellationToken ct) => wire.CallAsync("removals.write", true, () => Known.Removals[note.Credential] = note);

        async IAsyncEnumerable<UseFact> IUseFacts.OfAsync(CredentialId id, [EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var read in await wire.CallAsync("use.read", false, () => Known.Lag is { } lag ? Known.Reads.Where(read => read.Id == id && read.At + lag <= world.Clock.Now).ToList() : []))
                yield return new UseFact(id, read.Version, "somebody", null, read.At, read.At, 1, "test");
        }

        Task<OwnerEntry?> IOwnerBook.FindAsync(CredentialId id, CancellationToken ct) => wire.CallAsync("owners.read", false, () => Known.Owners.GetValueOrDefault(id));

        IAsyncEnumerable<OwnerEntry> IOwnerBook.OfVaultAsync(string vaultHost, CancellationToken ct) => Known.Owners.Values.ToAsyncEnumerable();

        Task<OwnerEntry> IOwnerBook.ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct) => Task.FromResult(Known.Owners[id] = change(Known.Owners.GetValueOrDefault(id) ?? new OwnerEntry { Credential = id }));

        public Task<UseWindow?> KnownAsync(string vaultHost, CancellationToken ct) =>
            wire.CallAsync("use.known", false, () => Known.Lag is { } lag ? new UseWindow(Known.Heard, Known.Silent ?? world.Clock.Now - lag) : null);
    }
}
