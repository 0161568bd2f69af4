namespace Nhi.Governance.Policies.Sources;

/// <summary>The policy that is in force where none is set: everything is observed, nothing is changed.</summary>
public sealed class EmbeddedPolicySource : IPolicySource
{
    private readonly YamlPolicy _policy = YamlPolicy.Load(PolicyFiles.ObserveAll, PolicyFiles.ObserveAllName, ProductIdentities.None);

    public ValueTask<Policy> CurrentAsync(CancellationToken ct) => ValueTask.FromResult<Policy>(_policy);
}
