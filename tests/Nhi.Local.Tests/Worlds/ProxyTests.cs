using System.Net;
using System.Net.Sockets;
using System.Text;
using Nhi.Local.Wire;

namespace Nhi.Local.Tests.Worlds;

/// <summary>The proxy as bytes: what the unmodified clients of <see cref="ChildTests"/> never send.</summary>
[Collection<WorldCollection>]
public sealed class ProxyTests(WorldFixture fixture)
{
    private int Port => new Uri(fixture.World.Settings["HTTPS_PROXY"]).Port;

    [Theory]
    [InlineData("GET http://kv1.vault.azure.net/ HTTP/1.1\r\n\r\n", 405)]
    [InlineData("CONNECT kv1.vault.azure.net:80 HTTP/1.1\r\n\r\n", 405)]
    [InlineData("CONNECT\r\n\r\n", 405)]
    [InlineData("CONNECT proxied.example.com:443 HTTP/1.1\r\n\r\n", 403)]
    [InlineData("CONNECT KV1.vault.azure.net:443 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\n\r\n", 200)]
    public async Task Only_tunnels_to_hosts_of_this_world_are_led_on(string head, int status)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        // In two pieces: a head may come in any.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head[..^3]), TestContext.Current.CancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head[^3..]), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith($"HTTP/1.1 {status} ", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (status == 403)
            Assert.Contains("proxied.example.com", fixture.World.RefusedHosts);
        if (status != 200)
            Assert.DoesNotContain("HTTP", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_end_is_not_read_to_its_end()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(new byte[16 * 1024], TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        }
        catch (IOException)
        {
            // Reset: it did not read the rest.
        }
    }

    [Fact]
    public async Task Where_nobody_listens_the_tunnel_is_refused()
    {
        fixture.World.Faults.Set("vault:kv2", Fault.Unreachable);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("CONNECT kv2.vault.azure.net:443 HTTP/1.1\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            Assert.Equal("HTTP/1.1 502 Connection refused", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            fixture.World.Faults.Clear("vault:kv2");
        }
    }
}
