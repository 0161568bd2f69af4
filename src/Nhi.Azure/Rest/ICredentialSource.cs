using Azure.Core;

namespace Nhi.Azure.Rest;

/// <summary>Where the identities of the rotators come from (design.md 4.4.14): one per environment, made of settings.</summary>
public interface ICredentialSource
{
    /// <summary>
    /// The identity that reads values and mints in <paramref name="environment"/> (<c>""</c> = the default one); the same object each time, so that tokens are cached.
    /// Throws <see cref="InvalidOperationException"/> naming the setting when there is none.
    /// </summary>
    TokenCredential Rotator(string environment);
}
