namespace Nhi.Local.Emulators.KeyVault;

/// <summary>The vault refuses: status, code, and the inner code that SDKs hide.</summary>
internal sealed class VaultException(int status, string code, string message, string? inner = null) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public string? Inner => inner;

    public static VaultException NotFound(string name) => new(
        404, "SecretNotFound", $"A secret with (name/id) {name} was not found in this key vault.");

    public static VaultException Bad(string message) => new(400, "BadParameter", message);
}
