namespace Nhi.Governance.Policies;

/// <summary>A policy that was loaded and validated.</summary>
public abstract class Policy
{
    /// <summary>The text as it was loaded, byte for byte.</summary>
    public abstract ReadOnlyMemory<byte> Text { get; }

    /// <summary>Lower-case hex SHA-256 of the text: what every decision names.</summary>
    public abstract string Sha256 { get; }

    /// <summary>Names of the tags that rules select by, beside those that every rule may ask for.</summary>
    public virtual IReadOnlySet<string> SelectedTags => new HashSet<string>();

    /// <summary>First match wins; defaults fill in; <c>observe</c> unless a rule says otherwise. Pure.</summary>
    public abstract EffectivePolicy For(PolicySubject subject);
}
