using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// The news of one owner in one window of one log: derived from the log alone, so that it says the same however often it is handed over. Instants UTC.
/// </summary>
public sealed record Digest
{
    /// <summary>What one digest shows at most; the others are counted.</summary>
    public const int MostItems = 50;

    /// <summary>The log's origin, <c>{account host}/{container}</c>.</summary>
    public required string Log { get; init; }

    /// <summary>Who answers for what it tells of; null where nobody is known.</summary>
    public string? Owner { get; init; }

    /// <summary>The window: its start, and its end.</summary>
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset Until { get; init; }

    /// <summary>The log index of the window's first leaf.</summary>
    public required long First { get; init; }

    /// <summary>The most severe of its items: <c>info</c>, <c>warning</c>, <c>critical</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>In the log's order. Where there are more, what is told of removals and what is most severe.</summary>
    public required IReadOnlyList<DigestItem> Items { get; init; }

    /// <summary>How many more there are.</summary>
    public int More { get; init; }

    /// <summary>Which digest of that owner and window it is, from 0: what is told of removals is never left out, and may take several.</summary>
    public int Part { get; init; }

    /// <summary>What it tells of what will be taken away.</summary>
    public IEnumerable<Notice> Notices => Items.Select(item => item.Notice).OfType<Notice>();

    /// <summary>The same for every delivery.</summary>
    public string Id => CrockfordBase32.OfSha256($"digest\n{Log}\n{First}\n{From:O}\n{Owner}{(Part == 0 ? "" : $"\n{Part}")}");
}

/// <summary>One piece of news: its record's <paramref name="Path"/> and <paramref name="Url"/> lead to all of it.</summary>
public sealed record DigestItem(DateTimeOffset At, string Action, string Result, string Severity, string Summary, string? Credential, string? Signal, string? Remedy, string Path, string Url, string Sha256)
{
    /// <summary>Where it tells an owner what will be taken away, and until when they can say no.</summary>
    public Notice? Notice { get; init; }
}
