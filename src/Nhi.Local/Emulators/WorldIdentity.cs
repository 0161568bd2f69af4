namespace Nhi.Local.Emulators;

/// <summary>One identity of the local world: a managed identity of the product, an application, or a person.</summary>
/// <param name="Name">As <c>watcher</c>, <c>rotator-prod</c>.</param>
/// <param name="ClientId">GUID.</param>
/// <param name="ObjectId">GUID: <c>oid</c> of its tokens.</param>
public sealed record WorldIdentity(string Name, string ClientId, string ObjectId)
{
    /// <summary>The same ids for the same name in every estate, so that a kept one's settings stay right.</summary>
    public static WorldIdentity Of(string name) => new(name, Id("client", name), Id("object", name));

    private static string Id(string what, string name)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"nhi-local {what} {name}"));
        // Version 8: a GUID made of what its maker likes.
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
