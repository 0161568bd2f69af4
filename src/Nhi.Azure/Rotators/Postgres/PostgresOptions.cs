using System.Net;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>Settings <c>Nhi__Postgres__…</c>.</summary>
public sealed record PostgresOptions
{
    /// <summary>The owner role that the rotator's identity logs in as: the name under which it was made a principal of the servers. A token is its password.</summary>
    public string? Owner { get; init; }

    /// <summary>By environment, where the identities differ: <c>Nhi__Postgres__Owners__prod</c>.</summary>
    public IReadOnlyDictionary<string, string> Owners { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The servers that may be logged in to, by host name, and no others: whoever may write a tag names the server, the server is handed a token that every server of the estate would take, and in Azure's own domain anybody may have one.
    /// </summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>How servers are reached.</summary>
    public PostgresTls Tls { get; init; } = PostgresTls.Verify;

    /// <summary>Null where none is set.</summary>
    internal string? OwnerIn(string environment) => Owners.TryGetValue(environment, out var owner) ? owner : Owner;

    internal bool Permits(string host) =>
        Hosts.Contains(host, StringComparer.OrdinalIgnoreCase) || (Tls == PostgresTls.OffOnLoopback && IsLoopback(host));

    internal static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}

public enum PostgresTls
{
    /// <summary>TLS with the server's certificate and name verified.</summary>
    Verify,

    /// <summary>The same, but none to a server on this machine, which is then permitted too.</summary>
    OffOnLoopback,
}
