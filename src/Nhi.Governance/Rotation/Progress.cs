using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Rotation;

/// <summary>What an attempt holds in its hands while its steps run. Values live here and nowhere else.</summary>
internal sealed class Progress(ResourceLook look, Func<CancellationToken, Task<ResourceLook?>> lookAgain)
{
    /// <summary>What its next step rests on.</summary>
    public ResourceLook Look { get; private set; } = look;

    /// <summary>True while what it was about to change may not be what it looked at: it changed nothing there, and what stands there is not its own.</summary>
    public bool Overtaken { get; set; }

    /// <summary>Looks afresh. Overtaken when the plan is not what would be planned now, or nobody answers.</summary>
    public async Task LookAgainAsync(CancellationToken ct)
    {
        Overtaken = true;
        if (await lookAgain(ct) is not { } look)
            return;
        (Look, Overtaken) = (look, false);
    }

    /// <summary>The bare secret, once minted or taken.</summary>
    public SecretMaterial? Secret { get; set; }

    /// <summary>Key id, slot or role that it belongs to, without a fingerprint.</summary>
    public string? Place { get; set; }

    /// <summary>The published text as it is, where a version is taken over.</summary>
    public SecretMaterial? Exact { get; set; }

    /// <summary>What the staging vault calls the value, where this attempt was the first to stage one.</summary>
    public string? Staged { get; set; }

    /// <summary>The end that the provider granted.</summary>
    public DateTimeOffset? Granted { get; set; }

    /// <summary>What was published first: the version and its handle, as evidence names them.</summary>
    public CredentialVersion? Published { get; set; }
    public string? Handle { get; set; }

    /// <summary>What the touched slot or principal holds now.</summary>
    public List<SlotFacts> Slots { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>When the value was last accepted, or a moment before: the service's clock, governance time.</summary>
    public DateTimeOffset Verified { get; set; }

    /// <summary>True once anything was changed at the provider or in the secret's vault; what is staged is the rotator's own.</summary>
    public bool Changed { get; set; }

    /// <summary>True once the old value of a cutover died with the new one.</summary>
    public bool CutOver { get; set; }
}
