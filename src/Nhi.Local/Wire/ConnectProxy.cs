using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nhi.Local.Wire;

/// <summary>A CONNECT proxy on the loopback: leads tunnels to known host names to the world's own listener and refuses all others, so that nothing local ever calls Azure.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private const int HeaderLimit = 8 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentDictionary<Task, byte> tunnels = new();
    private readonly Func<string, int?> portOf;
    private readonly Func<string, bool> isUnreachable;
    private readonly Task accepting;

    /// <param name="portOf">The loopback port that a host name leads to; null = refused.</param>
    /// <param name="isUnreachable">Whether nobody listens at a host of this world now.</param>
    public ConnectProxy(Func<string, int?> portOf, Func<string, bool> isUnreachable)
    {
        this.portOf = portOf;
        this.isUnreachable = isUnreachable;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Host names that were asked for and refused.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(tunnels.Keys);
        ending.Dispose();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(ending.Token);
                var tunnel = TunnelAsync(client);
                tunnels[tunnel] = 0;
                _ = tunnel.ContinueWith(done => tunnels.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (ending.IsCancellationRequested) return;
            }
        }
    }

    private async Task TunnelAsync(TcpClient client)
    {
        using (client)
        using (var upstream = new TcpClient { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                var stream = client.GetStream();
                if (await TargetAsync(stream) is not { } host) return;
                if (portOf(host) is not { } port)
                {
                    if (Refused.Count < 1000) Refused.Enqueue(host);
                    await stream.WriteAsync("HTTP/1.1 403 Not part of the local world\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ending.Token);
                    return;
                }

                if (isUnreachable(host))
                {
                    await stream.WriteAsync("HTTP/1.1 502 Connection refused\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ending.Token);
                    return;
                }

                await upstream.ConnectAsync(IPAddress.Loopback, port, ending.Token);
                await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), ending.Token);
                await PumpAsync(stream, upstream.GetStream());
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A tunnel that broke is the two ends' affair.
            }
        }
    }

    private async Task PumpAsync(NetworkStream one, NetworkStream other)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var there = one.CopyToAsync(other, over.Token);
        var back = other.CopyToAsync(one, over.Token);
        await Task.WhenAny(there, back);
        // One end has closed: what is on its way back has left already, TLS has said good-bye within.
        await over.CancelAsync();
        await Task.WhenAll(there, back);
    }

    /// <summary>The host of <c>CONNECT host:443</c>; null for anything else.</summary>
    private async Task<string?> TargetAsync(NetworkStream stream)
    {
        var buffer = new byte[HeaderLimit];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), ending.Token);
            if (read == 0) return null;
            length += read;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0) break;
        }

        var line = Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n")[0].Split(' ');
        if (line is ["CONNECT", var target, _] && target.EndsWith(":443", StringComparison.Ordinal)) return target[..^4].ToLowerInvariant();
        await stream.WriteAsync("HTTP/1.1 405 Only CONNECT to port 443\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ending.Token);
        return null;
    }
}
