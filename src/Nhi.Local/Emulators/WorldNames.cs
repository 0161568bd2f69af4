using System.Security.Cryptography;

namespace Nhi.Local.Emulators;

/// <summary>The names of the local subscription.</summary>
public static class WorldNames
{
    public const string Subscription = "6e68692d-6c6f-4361-8c73-756273637269";

    public const string ResourceGroup = "nhi-local";

    /// <summary>A random GUID, as ids of events and keys are.</summary>
    internal static string NewId() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
}
