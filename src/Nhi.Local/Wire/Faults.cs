namespace Nhi.Local.Wire;

/// <summary>The faults in force, a service each; changed at any time from any thread.</summary>
public sealed class Faults
{
    private readonly Dictionary<string, (Fault Fault, int Left)> inForce = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>From now on the service (as <c>evidence</c>, <c>vault:kv1</c>) fails like this.</summary>
    public void Set(string service, Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (inForce) inForce[service] = (fault, fault.Times ?? int.MaxValue);
    }

    /// <summary>The service is well again.</summary>
    public void Clear(string service)
    {
        lock (inForce) inForce.Remove(service);
    }

    /// <summary>All services are well again.</summary>
    public void ClearAll()
    {
        lock (inForce) inForce.Clear();
    }

    /// <summary>Whether the service takes no connections.</summary>
    internal bool RefuseConnections(string service)
    {
        lock (inForce) return inForce.TryGetValue(service, out var found) && found.Fault.RefusesConnections;
    }

    /// <summary>The fault that this request meets; counts it.</summary>
    internal Fault? Meet(WireRequest request)
    {
        lock (inForce)
        {
            if (!inForce.TryGetValue(request.Service, out var found) || found.Fault.When?.Invoke(request) == false) return null;
            if (found.Left <= 1) inForce.Remove(request.Service);
            else inForce[request.Service] = (found.Fault, found.Left - 1);
            return found.Fault;
        }
    }
}
