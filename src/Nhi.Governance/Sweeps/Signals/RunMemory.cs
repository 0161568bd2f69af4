using System.Collections.Concurrent;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// What one run of <see cref="SignalSweep"/> has read: it asks for none of it again. <paramref name="most"/> credentials and as many resources are kept, so that memory does not grow with the estate;
/// what is beyond them is asked for one by one. Safe for concurrent use.
/// </summary>
internal sealed class RunMemory(ISweptEstate estate, IInventory inventory, IUseFacts uses, int most = RunMemory.Most)
{
    /// <summary>Some kilobytes each.</summary>
    public const int Most = 2_000;

    /// <summary>So many times as many reads, and secrets of resources, are kept: some hundred bytes each.</summary>
    private const int OfSmallOnes = 5;

    private readonly ConcurrentDictionary<CredentialId, OwnedCredential> _credentials = new();
    private readonly ConcurrentDictionary<string, bool> _noted = new(StringComparer.Ordinal);
    private Dictionary<ResourceId, SweptResource>? _resources;
    private IReadOnlySet<string>? _shared;

    /// <summary>What was read when the run began, and of each vault the window in which that is known; null where there is more than is kept, or the table did not answer.</summary>
    public RememberedUse? Uses { get; private set; }

    /// <summary>The secrets of each resource; null as above.</summary>
    public ILookup<ResourceId, CredentialId>? Secrets { get; private set; }

    private readonly Dictionary<CredentialId, StandingWait> _waits = [];

    /// <summary>True where all that waits for a person is remembered.</summary>
    public bool WaitsKnown { get; private set; }

    /// <summary>What a person has to act on; null where nothing, or it is not remembered.</summary>
    public StandingWait? WaitOf(CredentialId id) => _waits.GetValueOrDefault(id);

    /// <summary>Reads what lists tell of all resources, values, reads and what waits. A table that does not answer is asked again by whoever needs it.</summary>
    public async Task LoadAsync(IReadOnlyList<string> vaultHosts, CancellationToken ct)
    {
        try
        {
            var resources = await estate.ResourcesAsync(ct).Take(most + 1).ToDictionaryAsync(resource => resource.Id, cancellationToken: ct);
            _resources = resources.Count <= most ? resources : null;
            _shared = await estate.SharedFingerprintsAsync(ct);
            Secrets = await inventory.AllSecretsAsync(most * OfSmallOnes, ct);
            await foreach (var (id, wait) in inventory.WaitingAsync(ct).Take(most * OfSmallOnes))
                _waits[id] = wait;
            WaitsKnown = _waits.Count < most * OfSmallOnes;
            // Before the reads: what came between the two would be known and missing.
            var windows = new Dictionary<string, UseWindow?>(StringComparer.Ordinal);
            foreach (var host in vaultHosts)
                windows[host] = await uses.KnownAsync(host, ct);
            if (await uses.AllAsync(most * OfSmallOnes, ct) is { } all)
                Uses = new RememberedUse(windows, all.ToLookup(use => use.Credential));
        }
        catch (ExternalCallException)
        {
        }
    }

    /// <summary>Keeps a credential as this run leaves it.</summary>
    public void Keep(SweptCredential swept, OwnerEntry? owner)
    {
        if (_credentials.Count < most)
            _credentials[swept.Id] = new OwnedCredential(swept, owner);
    }

    /// <summary>This run has noted a credential's value anew: who else has it is to be asked.</summary>
    public void Note(string fingerprint) => _noted[fingerprint] = true;

    /// <summary>Null where this run has not come to it, or kept others.</summary>
    public OwnedCredential? Find(CredentialId id) => _credentials.GetValueOrDefault(id);

    public async Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct) => _resources is { } known ? known.GetValueOrDefault(id) : await estate.FindAsync(id, ct);

    public IAsyncEnumerable<SweptResource> ResourcesAsync(CancellationToken ct) => _resources is { } known ? known.Values.ToAsyncEnumerable() : estate.ResourcesAsync(ct);

    /// <summary>False where no other credential has that value.</summary>
    public bool MayBeShared(string fingerprint) => _shared is not { } shared || shared.Contains(fingerprint) || _noted.ContainsKey(fingerprint);
}

/// <summary>What was read of which credential, and in which window of each vault that is known: the windows are not younger than the reads.</summary>
internal sealed record RememberedUse(IReadOnlyDictionary<string, UseWindow?> Windows, ILookup<CredentialId, UseFact> Of);
