using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nhi.Local.Wire;

/// <summary>
/// Stands before PostgreSQL and counts what the product asks of it: a simple query, or a batch of the extended protocol up to its <c>Sync</c>. Nothing of a batch
/// reaches the server before <see cref="IWireTap.BeforeAsync"/>, and nothing of its answer the client before <see cref="IWireTap.AfterAsync"/>.
/// </summary>
internal sealed class SqlProxy : IAsyncDisposable
{
    private const int LargestMessage = 16 << 20;
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;

    private readonly TcpListener listener;
    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentDictionary<Task, byte> sessions = new();
    private readonly Traffic traffic;
    private readonly int serverPort;
    private readonly Task accepting;

    /// <param name="serverPort">PostgreSQL's.</param>
    /// <param name="traffic">Counts, tap and faults.</param>
    /// <param name="port">Ours; 0 = a free one. Published connection strings name it: a kept estate has the same again.</param>
    public SqlProxy(int serverPort, Traffic traffic, int port = 0)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        this.serverPort = serverPort;
        this.traffic = traffic;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(sessions.Keys);
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
                var session = SessionAsync(client);
                sessions[session] = 0;
                _ = session.ContinueWith(done => sessions.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (ending.IsCancellationRequested) return;
            }
        }
    }

    private async Task SessionAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(ending.Token))
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, serverPort, over.Token);
                var (up, down) = (client.GetStream(), server.GetStream());
                await GreetAsync(up, down, over.Token);
                var asked = new ConcurrentQueue<WireRequest>();
                var there = AskAsync(up, down, asked, over.Token);
                var back = ReplyAsync(down, up, asked, over.Token);
                await Task.WhenAny(there, back);
                await over.CancelAsync();
                await Task.WhenAll(there, back);
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
            {
                // A session that broke is the two ends' affair.
            }
        }
    }

    /// <summary>Offers of encryption are declined (this is the loopback, and we want to count); the start-up message is passed on.</summary>
    private static async Task GreetAsync(NetworkStream client, NetworkStream server, CancellationToken cancellation)
    {
        while (true)
        {
            var head = new byte[8];
            await client.ReadExactlyAsync(head, cancellation);
            var code = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
            if (code is SslRequest or GssRequest)
            {
                await client.WriteAsync("N"u8.ToArray(), cancellation);
                continue;
            }

            var rest = new byte[Length(head) - 8];
            await client.ReadExactlyAsync(rest, cancellation);
            await server.WriteAsync((byte[])[.. head, .. rest], cancellation);
            return;
        }
    }

    private async Task AskAsync(NetworkStream client, NetworkStream server, ConcurrentQueue<WireRequest> asked, CancellationToken cancellation)
    {
        using var batch = new MemoryStream();
        while (await ReadMessageAsync(client, cancellation) is { } message)
        {
            batch.Write(message);
            // Parse, Bind, Describe, Execute, Close wait for their Sync; a Flush asks for answers before it.
            if ((char)message[0] is 'P' or 'B' or 'D' or 'E' or 'C') continue;
            if ((char)message[0] is 'Q' or 'S')
            {
                var request = traffic.Number("sql", "QUERY", "127.0.0.1", "/");
                await traffic.BeforeAsync(request, cancellation);
                var fault = traffic.Faults.Meet(request);
                if (fault is { Echoes: true })
                {
                    await client.WriteAsync(Refusal(batch.GetBuffer().AsSpan(0, (int)batch.Length)), cancellation);
                    batch.SetLength(0);
                    continue;
                }

                if (fault is not null && fault.Delay == TimeSpan.Zero) return;
                asked.Enqueue(request);
            }

            await server.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), cancellation);
            batch.SetLength(0);
        }
    }

    private async Task ReplyAsync(NetworkStream server, NetworkStream client, ConcurrentQueue<WireRequest> asked, CancellationToken cancellation)
    {
        using var held = new MemoryStream();
        while (await ReadMessageAsync(server, cancellation) is { } message)
        {
            held.Write(message);
            var ready = (char)message[0] == 'Z';
            if (!asked.IsEmpty && !ready) continue;
            if (ready && asked.TryDequeue(out var request)) await traffic.AfterAsync(request, cancellation);
            await client.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), cancellation);
            held.SetLength(0);
        }
    }

    /// <summary>An error whose message quotes what was asked, and that the session goes on.</summary>
    private static byte[] Refusal(ReadOnlySpan<byte> batch)
    {
        var quoted = new string([.. Encoding.UTF8.GetString(batch).Where(character => !char.IsControl(character))]);
        var fields = Encoding.UTF8.GetBytes($"SERROR\0VERROR\0C42601\0Msyntax error at or near {quoted}\0\0");
        byte[] error = [(byte)'E', 0, 0, 0, 0, .. fields];
        BinaryPrimitives.WriteInt32BigEndian(error.AsSpan(1), fields.Length + 4);
        return [.. error, (byte)'Z', 0, 0, 0, 5, (byte)'I'];
    }

    private static async Task<byte[]?> ReadMessageAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var head = new byte[5];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation) < head.Length) return null;
        var message = new byte[Length(head.AsSpan(1)) + 1];
        head.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(head.Length), cancellation);
        return message;
    }

    private static int Length(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadInt32BigEndian(head) is var length and >= 4 and < LargestMessage
        ? length
        : throw new InvalidDataException("This is not PostgreSQL's protocol.");
}
