using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>The reads in one piece of a log, by version and principal, until they are written: bounded, whatever the piece.</summary>
internal sealed class UseOfPart(IReadOnlySet<string> ownClients)
{
    public const string Source = "key-vault-audit";

    /// <summary>Above this many instants it is time to write.</summary>
    private const int Most = 20_000;
    private readonly Dictionary<(CredentialId Credential, string Version, string Principal), (string? Name, HashSet<DateTimeOffset> At)> _seen = [];
    private int _instants;

    public bool IsFull => _instants >= Most;

    /// <summary>Takes a read by somebody else than the product; whoever may not read has used nothing.</summary>
    public void Take(AuditEvent read)
    {
        if (read is not { Operation: "SecretGet", Result: AuditResult.Done or AuditResult.Disabled, Credential: { } credential } || (read.AppId is { } app && ownClients.Contains(app)))
            return;
        // A read is a read, also where its line does not say of what or by whom.
        var key = (credential, read.Version ?? UseFact.Latest, read.Principal ?? UseFact.Unnamed);
        var (name, at) = _seen.TryGetValue(key, out var known) ? known : (null, []);
        if (at.Add(read.Time))
            _instants++;
        _seen[key] = (read.UserName ?? name, at);
    }

    /// <summary>Everything that was taken; then it is empty.</summary>
    public IReadOnlyList<UseSeen> Drain()
    {
        List<UseSeen> all = [.. _seen.Select(pair => new UseSeen(pair.Key.Credential, pair.Key.Version, pair.Key.Principal, pair.Value.Name, pair.Value.At, Source))];
        _seen.Clear();
        _instants = 0;
        return all;
    }
}
