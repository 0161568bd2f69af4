using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Nhi.Local.Wire;

/// <summary>
/// A CONNECT proxy on the loopback: whoever asks for a known host name speaks with the world's own listener from then on, over the same connection; all others are refused, so that nothing local ever
/// calls Azure.
/// </summary>
/// <param name="isKnown">Whether a host name is one of this world.</param>
/// <param name="isUnreachable">Whether nobody listens at a host of this world now.</param>
internal sealed class ConnectProxy(Func<string, bool> isKnown, Func<string, bool> isUnreachable)
{
    private const int HeaderLimit = 8 * 1024;

    /// <summary>Host names that were asked for and refused.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>What the connection does first; <paramref name="tunnelled"/> has the rest of it.</summary>
    public async Task MeetAsync(ConnectionContext connection, ConnectionDelegate tunnelled)
    {
        if (await HeadAsync(connection.Transport.Input, connection.ConnectionClosed) is not { } head) return;
        var answer = AnswerTo(head.Split("\r\n")[0].Split(' '));
        await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(answer ?? "HTTP/1.1 200 Connection established\r\n\r\n"), connection.ConnectionClosed);
        if (answer is null) await tunnelled(connection);
    }

    /// <summary>A refusal; null for <c>CONNECT host:443</c> of a host that answers.</summary>
    private string? AnswerTo(string[] line)
    {
        if (line is not ["CONNECT", var target, _] || !target.EndsWith(":443", StringComparison.Ordinal)) return Refusal("405 Only CONNECT to port 443");
        var host = target[..^4].ToLowerInvariant();
        if (isKnown(host)) return isUnreachable(host) ? Refusal("502 Connection refused") : null;
        if (Refused.Count < 1000) Refused.Enqueue(host);
        return Refusal("403 Not part of the local world");
    }

    private static string Refusal(string status) => $"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n";

    /// <summary>The request's head without its last line break; null where none comes. What follows it is left to the next reader.</summary>
    private static async Task<string?> HeadAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            if (TakeHead(input, read.Buffer) is { } head) return head;
            if (read.IsCompleted || read.Buffer.Length > HeaderLimit) return null;
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static string? TakeHead(PipeReader input, ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8)) return null;
        var text = Encoding.ASCII.GetString(head);
        input.AdvanceTo(reader.Position);
        return text;
    }
}
