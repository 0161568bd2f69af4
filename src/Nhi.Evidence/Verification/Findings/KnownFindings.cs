using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nhi.Evidence.Verification.Findings;

/// <summary>
/// Findings that somebody has seen before, as a text that he keeps: a line each, a hash over all that the finding says and then, for people, its kind, log and place. What lies in a container stays there for years;
/// so a later verification can say what is new. A finding that says anything else, at the same place too, is another one.
/// </summary>
public sealed class KnownFindings
{
    private const int HashCharacters = 32;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");
    private readonly ConcurrentDictionary<string, string> lines = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count => lines.Count;

    /// <summary>Reads lines as <see cref="Lines"/> gives them. Throws <see cref="FormatException"/> with the number of one that is none.</summary>
    public static KnownFindings Read(IEnumerable<string> text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var known = new KnownFindings();
        var number = 0;
        foreach (var line in text)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.Length < HashCharacters || line.AsSpan(0, HashCharacters).ContainsAnyExcept(Hex) || (line.Length > HashCharacters && line[HashCharacters] != ' '))
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {number} does not begin with the hash of a finding"));
            known.lines[line[..HashCharacters]] = line;
        }

        return known;
    }

    /// <summary>True where it is one of them.</summary>
    public bool Contains(LogFinding finding) => lines.ContainsKey(HashOf(finding));

    public void Add(LogFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        var hash = HashOf(finding);
        lines.TryAdd(hash, $"{hash}  {finding.Kind}  {finding.Log}  {finding.Path ?? (finding.Batch is { } batch ? string.Create(CultureInfo.InvariantCulture, $"batch {batch}") : "")}".TrimEnd());
    }

    /// <summary>The lines, sorted as people read them: by what stands behind the hash.</summary>
    public IEnumerable<string> Lines => lines.Values.OrderBy(line => line[HashCharacters..], StringComparer.Ordinal).ThenBy(line => line, StringComparer.Ordinal);

    private static string HashOf(LogFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ReportJson.Of(finding with { Message = "", Remedy = "" }))))[..HashCharacters];
    }
}
