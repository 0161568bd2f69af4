using System.Text.RegularExpressions;

namespace Nhi.Governance.Credentials;

/// <summary>
/// One governed secret: <c>kv:{vaultHost}/{name}</c>, lower case, since Key Vault names ignore case.
/// </summary>
public readonly partial record struct CredentialId : IComparable<CredentialId>
{
    private CredentialId(string vault, string name) => (Vault, Name) = (vault, name);

    /// <summary>The vault's host, e.g. <c>kv1.vault.azure.net</c>.</summary>
    public string Vault { get; }

    /// <summary>The secret's name, 1 to 127 of <c>[0-9a-z-]</c>.</summary>
    public string Name { get; }

    /// <summary>Throws <see cref="FormatException"/> when host or name cannot be a vault's or a secret's.</summary>
    public static CredentialId Of(string vaultHost, string name) =>
        TryOf(vaultHost, name, out var id) ? id : throw new FormatException("A credential is named by a vault's host and a secret's name of 1 to 127 letters, digits and dashes.");

    public static bool TryOf(string? vaultHost, string? name, out CredentialId id)
    {
        if (vaultHost is not null && name is not null && HostPattern().IsMatch(vaultHost) && NamePattern().IsMatch(name))
        {
            id = new CredentialId(vaultHost.ToLowerInvariant(), name.ToLowerInvariant());
            return true;
        }

        id = default;
        return false;
    }

    /// <summary>Reads <c>kv:{vaultHost}/{name}</c>.</summary>
    public static bool TryParse(string? text, out CredentialId id)
    {
        id = default;
        return text is ['k', 'v', ':', .. var rest] && rest.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && TryOf(rest[..slash], rest[(slash + 1)..], out id);
    }

    /// <summary>Throws <see cref="FormatException"/> for anything but <c>kv:{vaultHost}/{name}</c>.</summary>
    public static CredentialId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException("A credential id reads kv:{vault host}/{secret name}.");

    /// <summary>The order of the texts; secrets of one vault are compared without making them.</summary>
    public int CompareTo(CredentialId other) => Vault == other.Vault ? string.CompareOrdinal(Name, other.Name) : string.CompareOrdinal(ToString(), other.ToString());

    public override string ToString() => $"kv:{Vault}/{Name}";

    public static bool operator <(CredentialId a, CredentialId b) => a.CompareTo(b) < 0;
    public static bool operator <=(CredentialId a, CredentialId b) => a.CompareTo(b) <= 0;
    public static bool operator >(CredentialId a, CredentialId b) => a.CompareTo(b) > 0;
    public static bool operator >=(CredentialId a, CredentialId b) => a.CompareTo(b) >= 0;

    [GeneratedRegex(@"\A[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}\.)+[0-9A-Za-z-]{2,63}\z")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"\A[0-9A-Za-z-]{1,127}\z")]
    private static partial Regex NamePattern();
}
