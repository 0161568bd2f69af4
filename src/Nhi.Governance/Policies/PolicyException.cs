namespace Nhi.Governance.Policies;

/// <summary>A policy text that cannot be used: every fault with file, line, column and remedy.</summary>
public sealed class PolicyException : Exception
{
    public PolicyException(string file, IReadOnlyList<PolicyFault> faults)
        : base(string.Join(Environment.NewLine, faults.Select(fault => fault.ToString(file)))) => (File, Faults) = (file, faults);

    public PolicyException(string message) : this(message, []) { }
    public PolicyException(string message, Exception innerException) : base(message, innerException) => (File, Faults) = ("", []);
    public PolicyException() : this("", []) { }

    public string File { get; }
    public IReadOnlyList<PolicyFault> Faults { get; }
}

/// <summary>One fault. <paramref name="Line"/> and <paramref name="Column"/> count from 1; <paramref name="Remedy"/>: what to write instead.</summary>
public sealed record PolicyFault(int Line, int Column, string What, string Remedy)
{
    public string ToString(string file) => $"{file}({Line},{Column}): {What} {Remedy}";
}
