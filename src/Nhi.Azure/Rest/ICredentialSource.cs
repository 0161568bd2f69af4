using Azure.Core;

namespace Nhi.Azure.Rest;

/// <summary>Where the identities come from, made of settings: a rotator's per environment, and the watcher's.</summary>
public interface ICredentialSource
{
    /// <summary>
    /// The identity that reads values and mints in <paramref name="environment"/> (<c>""</c> = the default one); the same object each time, so that tokens are cached.
    /// Throws <see cref="InvalidOperationException"/> naming the setting when there is none.
    /// </summary>
    TokenCredential Rotator(string environment);

    /// <summary>The identity that sees metadata and lists and can change nothing; the same object each time; that of <see cref="Rotator"/> where one identity is all there is. Throws as that does.</summary>
    TokenCredential Watcher => Rotator("");

    /// <summary>The identity that reads and deletes role assignments; the same object each time. Throws <see cref="InvalidOperationException"/> where there is none: no other stands in for it.</summary>
    TokenCredential Curtailer => throw new InvalidOperationException("There is no identity that takes roles away.");
}
