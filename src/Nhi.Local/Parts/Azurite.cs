using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Local.Tls;

namespace Nhi.Local.Parts;

/// <summary>
/// Azurite over HTTPS with tokens: the clients of this process reach <c>https://{account}.blob.core.windows.net</c> with
/// <see cref="Transport"/> and <see cref="Credential"/>, without a key. It ends with this process.
/// </summary>
public sealed class Azurite : IAsyncDisposable
{
    private static readonly TimeSpan StartBudget = TimeSpan.FromSeconds(60);

    private readonly TetheredProcess process;
    private readonly ThrowAwayAuthority authority;
    private readonly string keyFolder;
    private readonly List<HttpMessageHandler> handlers = [];

    private Azurite(TetheredProcess process, ThrowAwayAuthority authority, string keyFolder, int[] ports, TimeProvider time)
    {
        this.process = process;
        this.authority = authority;
        this.keyFolder = keyFolder;
        (BlobPort, QueuePort, TablePort) = (ports[0], ports[1], ports[2]);
        Credential = new LocalTokenCredential(time);
        Transport = new HttpClientTransport(new HttpClient(CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan });
    }

    /// <summary>Port of the loopback, HTTPS.</summary>
    public int BlobPort { get; }

    /// <summary>Port of the loopback, HTTPS.</summary>
    public int QueuePort { get; }

    /// <summary>Port of the loopback, HTTPS.</summary>
    public int TablePort { get; }

    /// <summary>A token that Azurite takes (it checks shape, audience and times, no signature).</summary>
    public TokenCredential Credential { get; }

    /// <summary>For <c>ClientOptions.Transport</c>: leads <c>*.{blob,queue,table}.core.windows.net</c> here and trusts this world's authority.</summary>
    public HttpPipelineTransport Transport { get; }

    /// <summary>PEM of the authority that signed the certificate, for other processes.</summary>
    public string AuthorityPem => authority.AuthorityPem;

    /// <summary>As <c>https://nhistate.blob.core.windows.net/</c>.</summary>
    public static Uri BlobEndpoint(string account) => new($"https://{account}.blob.core.windows.net/");

    /// <summary>As <c>https://nhistate.table.core.windows.net/</c>.</summary>
    public static Uri TableEndpoint(string account) => new($"https://{account}.table.core.windows.net/");

    /// <summary>Installs (first time) and starts one on free ports; answers when all three ports answer with our certificate.</summary>
    /// <exception cref="PartsException">It could not be installed, or did not start.</exception>
    public static async Task<Azurite> StartAsync(AzuriteOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new AzuriteOptions();
        var parts = await PartsCache.EnsureAsync(options.Progress, cancellation);
        var authority = ThrowAwayAuthority.Create(
            options.Time, "*.blob.core.windows.net", "*.queue.core.windows.net", "*.table.core.windows.net");
        // The key of a throw-away leaf, in a folder that only we may read.
        var keyFolder = Directory.CreateTempSubdirectory("nhi-azurite-").FullName;
        var certificate = Path.Combine(keyFolder, "leaf.pem");
        var key = Path.Combine(keyFolder, "leaf.key");
        await File.WriteAllTextAsync(certificate, authority.LeafPem, cancellation);
        await File.WriteAllTextAsync(key, authority.LeafKeyPem, cancellation);
        var lean = Path.Combine(keyFolder, "azurite-lean.cjs");
        await File.WriteAllBytesAsync(lean, PartsCache.Resource("azurite-lean.cjs"), cancellation);

        for (var attempt = 1; ; attempt++)
        {
            var ports = FreePort.Take(3);
            // At SIGTERM it writes what it holds and waits for each connection to close; without a folder there is nothing to write.
            var process = TetheredProcess.Start(parts, options.Folder is null ? "SIGKILL" : "SIGTERM", null, Command(parts, options, ports, lean, certificate, key), new Dictionary<string, string>
            {
                ["AZURITE_ACCOUNTS"] = string.Join(';', options.Accounts.Select(
                    account => $"{account}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(64))}")),
            });
            if (await AnswersAsync(process, authority, ports, options.Time, cancellation))
                return new Azurite(process, authority, keyFolder, ports, options.Time);
            var said = process.Said;
            await process.DisposeAsync();
            // Somebody may have taken a port in between: other ports, three times.
            if (attempt == 3)
                throw new PartsException($"Azurite does not answer on 127.0.0.1 ports {string.Join(", ", ports)}: {said}.");
        }
    }

    /// <summary>A handler that leads storage hosts here; the world's own listener stands before it.</summary>
    internal HttpMessageHandler CreateHandler()
    {
        var handler = new AzuriteBatchPaths(LoopbackTransport.CreateHandler(authority, PortOf));
        handlers.Add(handler);
        return handler;
    }

    /// <summary>The port of a host name; null for what is no storage host.</summary>
    public int? PortOf(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.EndsWith(".blob.core.windows.net", StringComparison.OrdinalIgnoreCase) ? BlobPort
            : host.EndsWith(".table.core.windows.net", StringComparison.OrdinalIgnoreCase) ? TablePort
            : host.EndsWith(".queue.core.windows.net", StringComparison.OrdinalIgnoreCase) ? QueuePort
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        // Connections that are kept alive would keep it alive too.
        foreach (var handler in handlers) handler.Dispose();
        await process.DisposeAsync();
        authority.Dispose();
        Directory.Delete(keyFolder, recursive: true);
    }

    private static IEnumerable<string> Command(PartsCache parts, AzuriteOptions options, int[] ports, string lean, string certificate, string key)
    {
        string Port(int index) => ports[index].ToString(CultureInfo.InvariantCulture);
        return
        [
            "node", "--require", lean, parts.AzuriteScript, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--oauth", "basic",
            "--cert", certificate, "--key", key,
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1",
            "--blobPort", Port(0), "--queuePort", Port(1), "--tablePort", Port(2),
            .. options.Folder is { } folder ? (string[])["-l", folder] : ["--inMemoryPersistence"],
        ];
    }

    private static async Task<bool> AnswersAsync(
        TetheredProcess process, ThrowAwayAuthority authority, int[] ports, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var waiting = new Queue<int>(ports);
        while (!process.HasExited && time.GetElapsedTime(started) < StartBudget)
        {
            if (await IsOursAsync(authority, waiting.Peek(), cancellation))
            {
                waiting.Dequeue();
                if (waiting.Count == 0) return true;
                continue;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellation);
        }

        return false;
    }

    /// <summary>Another Azurite would answer too, but not with the key that was made a moment ago.</summary>
    private static async Task<bool> IsOursAsync(ThrowAwayAuthority authority, int port, CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
            await using var tls = new SslStream(client.GetStream(), false, (_, presented, _, _) =>
                presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(authority.Leaf.RawData));
            await tls.AuthenticateAsClientAsync("localhost");
            return true;
        }
        catch (Exception refused) when (refused is SocketException or IOException or AuthenticationException)
        {
            return false;
        }
    }
}
