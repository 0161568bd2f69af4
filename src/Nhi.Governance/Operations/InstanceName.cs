namespace Nhi.Governance.Operations;

/// <summary>This process, as rows and records name it.</summary>
public sealed record InstanceName(string Value);

/// <summary>Scales all leases and settle windows: 1 in Azure, less locally and in tests so that they last seconds.</summary>
public sealed record LeaseScale(double Factor)
{
    public static readonly LeaseScale Full = new(1);
}
