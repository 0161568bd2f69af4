using System.Net;
using System.Net.Sockets;

namespace Nhi.Local.Parts;

/// <summary>Ports of the loopback that were free a moment ago. Who takes one proves afterwards that the answer is his own.</summary>
internal static class FreePort
{
    /// <summary>That many different ports.</summary>
    public static int[] Take(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listeners.Add(listener);
                listener.Start();
            }

            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners) listener.Dispose();
        }
    }
}
