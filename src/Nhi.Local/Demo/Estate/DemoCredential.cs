namespace Nhi.Local.Demo.Estate;

/// <summary>What a secret's value opens, and so how it is tried.</summary>
internal enum Opens
{
    /// <summary>Nothing that can be asked: the value lives in the vault alone.</summary>
    Nothing,
    EntraApplication,
    StorageAccount,
    Database,
}

/// <summary>One secret of the demo's estate.</summary>
/// <param name="Vault">Vault name.</param>
/// <param name="Name">Secret name.</param>
/// <param name="Kind">As the table shows it.</param>
/// <param name="Opens">How it is tried.</param>
/// <param name="Target">Application name, account name, or role prefix; empty where it opens nothing.</param>
/// <param name="Life">Days from the estate's beginning to the end that people gave it; null = none.</param>
/// <param name="Governed">The policy enforces it.</param>
internal sealed record DemoCredential(string Vault, string Name, string Kind, Opens Opens, string Target, int? Life, bool Governed = true)
{
    /// <summary>The kind that has no overlap.</summary>
    public bool IsCutover => Kind == DemoEstate.Cutover;

    public bool IsCertificate => Kind == DemoEstate.Certificate;

    /// <summary>Somebody logs in with it.</summary>
    public bool HasConsumer => Opens != Opens.Nothing && !IsCertificate;

    /// <summary>As <c>kv:kv-payments.vault.azure.net/payroll-api</c>.</summary>
    public string Id => $"kv:{Vault}.vault.azure.net/{Name}";
}
