namespace Nhi.Governance.Policies.Yaml;

/// <summary>Collects what is wrong with a policy's text, so that one run shows all of it; after a hundred nobody reads on.</summary>
internal sealed class FaultList
{
    private const int Most = 100;
    private readonly List<PolicyFault> _faults = [];
    private readonly List<PolicyFault> _warnings = [];

    /// <summary>In the order of the text.</summary>
    public IReadOnlyList<PolicyFault> Faults => [.. _faults.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];

    /// <summary>What does not stop the policy, in the order of the text.</summary>
    public IReadOnlyList<PolicyFault> Warnings => [.. _warnings.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];

    public bool Any => _faults.Count > 0;

    public void Add(PolicyNode at, string what, string remedy) => Add(at.Line, at.Column, what, remedy);

    public void Add(int line, int column, string what, string remedy)
    {
        if (_faults.Count < Most)
            _faults.Add(new PolicyFault(line, column, what, remedy));
    }

    public void Warn(PolicyNode at, string what, string remedy)
    {
        if (_warnings.Count < Most)
            _warnings.Add(new PolicyFault(at.Line, at.Column, what, remedy));
    }
}
