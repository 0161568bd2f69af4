using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure.PlatformLogs;

/// <summary>Splits a stream into lines; memory is the longest line that is taken, whatever the stream holds.</summary>
internal sealed class LineSplitter(Stream stream, long offset, int longest)
{
    private readonly byte[] _buffer = new byte[longest + 1];
    private int _from;
    private int _to;
    private bool _over;

    /// <summary>Null at the end. The line's bytes are valid until the next call.</summary>
    public async Task<LogLine?> NextAsync(CancellationToken ct)
    {
        var skipped = 0L;
        while (true)
        {
            var end = _buffer.AsSpan(_from.._to).IndexOf((byte)'\n');
            if (end >= 0)
                return Line(end, 1, skipped, ended: true);
            if (_over)
                return _to > _from || skipped > 0 ? Line(_to - _from, 0, skipped, ended: false) : null;
            if (_to - _from == _buffer.Length)
            {
                skipped += _to - _from;
                _from = _to = 0;
            }

            await FillAsync(ct);
        }
    }

    private LogLine Line(int length, int ending, long skipped, bool ended)
    {
        var bytes = _buffer.AsMemory(_from, length);
        _from += length + ending;
        offset += skipped + length + ending;
        var tooLong = skipped > 0 || length > longest;
        return new LogLine(tooLong ? default : bytes.Span is [.., (byte)'\r'] ? bytes[..^1] : bytes, offset, ended, tooLong);
    }

    private async Task FillAsync(CancellationToken ct)
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from.._to).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_to), ct);
        _to += read;
        _over = read == 0;
    }
}
