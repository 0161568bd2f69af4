namespace Nhi.Azure.Settings;

/// <summary>Settings that cannot be used: every fault, with the setting's name and a remedy.</summary>
public sealed class SettingsException : InvalidOperationException
{
    public SettingsException(IReadOnlyList<SettingsFault> faults)
        : base(string.Join(Environment.NewLine, faults.Select(fault => fault.ToString()))) => Faults = faults;

    public SettingsException(string message) : base(message) => Faults = [];
    public SettingsException(string message, Exception innerException) : base(message, innerException) => Faults = [];
    public SettingsException() : this([]) { }

    public IReadOnlyList<SettingsFault> Faults { get; }
}

/// <summary>One fault. <paramref name="Name"/>: the setting's name as configuration spells it, e.g. <c>Nhi:Vaults:0:Uri</c>; as an environment variable <c>:</c> is <c>__</c>.</summary>
public sealed record SettingsFault(string Name, string What, string Remedy)
{
    public override string ToString() => $"{Name.Replace(":", "__", StringComparison.Ordinal)} {What} {Remedy}";
}
