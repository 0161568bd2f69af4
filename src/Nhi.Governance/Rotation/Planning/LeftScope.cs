namespace Nhi.Governance.Rotation.Planning;

/// <summary>
/// What waits for a secret that opens the same resource and whose vault left the scope. Nobody can see what it publishes, so it counts as publishing whatever is to die, until a person says that it is dealt with.
/// What is marked does not wait for it: a thief is in, and a person decided.
/// </summary>
internal static class LeftScope
{
    /// <summary>Null where no such secret is known.</summary>
    public static string? WhyNot(ResourceLook look) => look.OutOfScope is [var left, ..] ? $"{left} opens the same, its vault left the scope, and nobody sees what it publishes" : null;

    /// <summary>What a person can do; null where no such secret is known.</summary>
    public static string? Remedy(ResourceLook look) => look.OutOfScope is [var left, ..]
        ? $"Put the vault back into scope (Nhi__Vaults, or what Nhi__Discovery finds), or, if nothing of it is used any more: nhi findings resolve {left.Vault} --signal vault-left."
        : null;
}
