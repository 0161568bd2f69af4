namespace Nhi.Governance.Policies.Yaml;

/// <summary>The entries of one map. Unknown keys are faults, with the word that was probably meant.</summary>
internal sealed class Fields
{
    private readonly Dictionary<string, MapEntry> _entries = new(StringComparer.Ordinal);

    /// <param name="map">The map.</param>
    /// <param name="where">How a fault names it: <c>a rule</c>, <c>defaults</c>.</param>
    /// <param name="known">Its keys.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="remedies">What to say of keys that people write here and that belong elsewhere.</param>
    public Fields(MapNode map, string where, IReadOnlyList<string> known, FaultList faults, IReadOnlyDictionary<string, string>? remedies = null)
    {
        At = map;
        foreach (var entry in map.Entries)
        {
            var key = entry.Key.Text;
            if (known.Contains(key))
                _entries.Add(key, entry);
            else
                faults.Add(entry.Key, $"{Quoting.Quote(key)} is no key of {where}.", remedies?.GetValueOrDefault(key) ?? Suggest(key, known));
        }
    }

    public MapNode At { get; }

    /// <summary>The value of a key, or null when the key is not there.</summary>
    public PolicyNode? this[string key] => _entries.GetValueOrDefault(key)?.Value;

    /// <summary>Where each key stands.</summary>
    public IReadOnlyDictionary<string, PolicyNode> Places => _entries.ToDictionary(pair => pair.Key, pair => (PolicyNode)pair.Value.Key, StringComparer.Ordinal);

    private static string Suggest(string key, IReadOnlyList<string> known) =>
        Nearest.Of(key, known) is { } meant ? $"Did you mean '{meant}'?" : $"Its keys are {string.Join(", ", known)}.";
}
