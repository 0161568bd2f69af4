using Nhi.Local.Demo.Screen;

namespace Nhi.Local.Demo.Checks;

/// <summary>Everything that the story claimed, and whether it was so.</summary>
internal sealed class Claims(Narrator narrator)
{
    private readonly List<(string Claim, bool Holds)> all = [];

    public bool AllHold => all.Count > 0 && all.TrueForAll(one => one.Holds);

    public int Count => all.Count;

    public IReadOnlyList<string> Failed => [.. all.Where(one => !one.Holds).Select(one => one.Claim)];

    /// <summary>Notes and tells it; what is wrong is told with it.</summary>
    public void That(string claim, bool holds, string? otherwise = null)
    {
        var told = holds || otherwise is null ? claim : $"{claim} ({otherwise})";
        all.Add((told, holds));
        narrator.Checked(told, holds);
    }
}
