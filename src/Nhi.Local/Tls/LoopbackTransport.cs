using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Azure.Core.Pipeline;

namespace Nhi.Local.Tls;

/// <summary>For clients in this process: leads real host names to ports of the loopback and trusts one throw-away authority, names still checked.</summary>
public static class LoopbackTransport
{
    /// <param name="authority">Who is trusted.</param>
    /// <param name="portOf">The loopback port of a host name; null refuses the host.</param>
    /// <returns>A transport for <c>ClientOptions.Transport</c>.</returns>
    public static HttpClientTransport Create(ThrowAwayAuthority authority, Func<string, int?> portOf) =>
        new(new HttpClient(CreateHandler(authority, portOf)) { Timeout = Timeout.InfiniteTimeSpan });

    /// <summary>The handler of <see cref="Create"/>, for a plain <see cref="HttpClient"/>.</summary>
    public static SocketsHttpHandler CreateHandler(ThrowAwayAuthority authority, Func<string, int?> portOf) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = authority.Trusted() },
        ConnectCallback = async (context, cancellation) =>
        {
            var port = portOf(context.DnsEndPoint.Host)
                ?? throw new HttpRequestException($"The host '{context.DnsEndPoint.Host}' is not part of the local world.");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
