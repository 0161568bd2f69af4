namespace Nhi.Local.Demo.Checks;

/// <summary>What somebody did past the product, as the platform's logs name it.</summary>
/// <param name="Version">The version that he set.</param>
/// <param name="KeyId">The client secret that he made.</param>
/// <param name="Person">His object id.</param>
internal sealed record HandMade(string Version, string KeyId, string Person);
