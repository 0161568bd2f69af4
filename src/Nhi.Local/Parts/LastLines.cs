namespace Nhi.Local.Parts;

/// <summary>The last lines that a child wrote, for the message of its failure.</summary>
internal sealed class LastLines
{
    private const int Kept = 12;
    private readonly Queue<string> lines = new();

    public void Add(string line)
    {
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > Kept) lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (lines) return lines.Count == 0 ? "(it said nothing)" : string.Join(" | ", lines);
    }
}
