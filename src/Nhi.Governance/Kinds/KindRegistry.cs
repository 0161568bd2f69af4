using System.Collections.Frozen;

namespace Nhi.Governance.Kinds;

/// <summary>The rotators by the name of their kind. A kind that is registered twice fails the start.</summary>
public sealed class KindRegistry
{
    private readonly FrozenDictionary<string, IRotator> _rotators;

    public KindRegistry(IEnumerable<IRotator> rotators)
    {
        var byName = new Dictionary<string, IRotator>(StringComparer.Ordinal);
        foreach (var rotator in rotators)
            if (!byName.TryAdd(rotator.Kind.Name, rotator))
                throw new InvalidOperationException($"The kind '{rotator.Kind.Name}' is registered twice: by {byName[rotator.Kind.Name].GetType().Name} and {rotator.GetType().Name}. Remove one of the two.");
        _rotators = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>In the order of their names.</summary>
    public IEnumerable<IRotator> All => _rotators.Values.OrderBy(rotator => rotator.Kind.Name, StringComparer.Ordinal);

    /// <summary>Null for a kind that nobody registered.</summary>
    public IRotator? Find(string? kind) => kind is not null && _rotators.TryGetValue(kind, out var rotator) ? rotator : null;
}
