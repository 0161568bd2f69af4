using System.Globalization;
using System.Text;

namespace Nhi.Evidence.Verification.Findings;

/// <summary>Collects findings: every one is counted and handed on, so many of each kind are kept. Safe for use by many threads at once.</summary>
internal sealed class FindingBook(int mostOfAKind, Action<LogFinding>? onFinding, Func<LogFinding, bool>? isKnown = null, Func<string, FindingBook>? elsewhere = null)
{
    private const int MostText = 300;
    private readonly Dictionary<LogFindingKind, long> counts = [];
    private readonly List<LogFinding> kept = [];

    /// <summary>Keeps nothing: what is found of a log goes into its own book.</summary>
    internal FindingBook(Func<string, FindingBook> bookOf) : this(0, null, null, bookOf) { }

    internal void Add(LogFindingKind kind, string log, string? path = null, long? batch = null, long? index = null, string? op = null, ByteRange? bytes = null, string? expected = null, string? found = null)
    {
        if (elsewhere is not null)
        {
            elsewhere(log).Add(kind, log, path, batch, index, op, bytes, expected, found);
            return;
        }

        lock (kept)
        {
            var count = counts.GetValueOrDefault(kind) + 1;
            if (count > mostOfAKind && onFinding is null && isKnown is null)
            {
                counts[kind] = count;
                return;
            }

            var finding = new LogFinding
            {
                Kind = kind, Severity = FindingTexts.SeverityOf(kind), Log = log, Path = Shown(path), Batch = batch, Index = index, Op = op, Bytes = bytes, Expected = Shown(expected), Found = Shown(found),
                Message = Sentence(FindingTexts.MeaningOf(kind), Shown(path), batch, Shown(found)), Remedy = FindingTexts.RemedyFor(kind),
            };
            if (finding.Severity > FindingSeverity.Information && isKnown?.Invoke(finding) == true)
            {
                Known++;
                return;
            }

            counts[kind] = count;
            if (count <= mostOfAKind)
                kept.Add(finding);
            onFinding?.Invoke(finding);
        }
    }

    /// <summary>Findings that were seen before.</summary>
    internal long Known { get; private set; }

    internal IReadOnlyDictionary<LogFindingKind, long> Counts()
    {
        lock (kept)
            return new SortedDictionary<LogFindingKind, long>(counts);
    }

    /// <summary>Those that were kept, the gravest first, then in the order of the log.</summary>
    internal IReadOnlyList<LogFinding> Kept()
    {
        lock (kept)
            return [.. kept.OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Log, StringComparer.Ordinal).ThenBy(finding => finding.Batch ?? long.MaxValue).ThenBy(finding => finding.Index ?? long.MaxValue).ThenBy(finding => finding.Path, StringComparer.Ordinal).ThenBy(finding => finding.Kind)];
    }

    /// <summary>A text from outside as it may be shown: bounded, on one line, without what a terminal would obey.</summary>
    internal static string? Shown(string? text)
    {
        if (text is null || (text.Length <= MostText && !text.Any(NeedsEscape)))
            return text;
        var shown = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MostText)))
            _ = NeedsEscape(c) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : shown.Append(c);
        return text.Length > MostText ? shown.Append(CultureInfo.InvariantCulture, $"… ({text.Length} characters)").ToString() : shown.ToString();
    }

    private static bool NeedsEscape(char c) => char.IsControl(c) || char.IsSurrogate(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Sentence(string meaning, string? path, long? batch, string? found)
    {
        var about = path is not null ? $" '{path}'" : batch is not null ? string.Create(CultureInfo.InvariantCulture, $" Batch {batch}") : "";
        return $"{meaning}{(about.Length == 0 ? "" : about + (found is null ? "." : ""))}{(found is null ? "" : $": {found}")}";
    }
}
