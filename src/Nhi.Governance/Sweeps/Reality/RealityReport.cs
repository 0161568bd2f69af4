namespace Nhi.Governance.Sweeps.Reality;

/// <summary>What a run of <see cref="RealityRun"/> saw and told.</summary>
public sealed class RealityReport
{
    /// <summary>Lines of the vaults' logs.</summary>
    public long Lines { get; internal set; }

    /// <summary>Changes that were judged in this run.</summary>
    public long Changes { get; internal set; }

    /// <summary>Of these, those that evidence explains.</summary>
    public long Matched { get; internal set; }

    /// <summary>Those that it does not.</summary>
    public List<PlatformChange> Told { get; } = [];

    /// <summary>Changes of before the vault was governed: counted, and held against nothing.</summary>
    public long Before { get; internal set; }

    /// <summary>Changes that were read so late that nobody holds them against evidence any more.</summary>
    public long Late { get; internal set; }

    /// <summary>Records whose change the platform never saw.</summary>
    public List<Deed> Lies { get; } = [];

    /// <summary>Events that never arrived.</summary>
    public int EventsMissed { get; internal set; }

    /// <summary>Events that Event Grid gave up.</summary>
    public int DeadEvents { get; internal set; }

    /// <summary>What could not be seen.</summary>
    public List<string> Failures { get; } = [];
}
