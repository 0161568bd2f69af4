using System.Security.Cryptography;

namespace Nhi.Local.Emulators.Arm;

/// <summary>A governed storage account: two keys, each with the governance time of its making.</summary>
public sealed class StorageAccount
{
    private readonly Dictionary<string, (string Value, DateTimeOffset Created)> keys = new(StringComparer.OrdinalIgnoreCase);

    internal StorageAccount(string name, DateTimeOffset now)
    {
        Name = name;
        Regenerate("key1", now);
        Regenerate("key2", now);
    }

    /// <summary>As <c>contosodata</c>.</summary>
    public string Name { get; }

    /// <summary>ARM id.</summary>
    public string ResourceId => IdOf(Name);

    /// <summary>The ARM id of the account of that name in the local subscription.</summary>
    internal static string IdOf(string name) => $"/subscriptions/{WorldNames.Subscription}/resourceGroups/{WorldNames.ResourceGroup}/providers/Microsoft.Storage/storageAccounts/{name}";

    /// <summary>Value of <c>key1</c> or <c>key2</c>: what a person copies from the portal.</summary>
    public string Key(string keyName)
    {
        lock (keys) return keys[keyName].Value;
    }

    /// <summary>Makes a key anew past every log (<see cref="ArmEmulator.RegenerateAs"/> is in the Activity Log). False: there is no such key.</summary>
    public bool Regenerate(string keyName, DateTimeOffset now)
    {
        if (keyName is null || keyName.ToUpperInvariant() is not ("KEY1" or "KEY2")) return false;
        lock (keys)
        {
            // Strictly later than before, so that a regeneration always shows.
            var created = keys.TryGetValue(keyName, out var before) && now <= before.Created ? before.Created.AddTicks(1) : now;
            keys[keyName.ToLowerInvariant()] = (Convert.ToBase64String(RandomNumberGenerator.GetBytes(64)), created);
        }

        return true;
    }

    internal IReadOnlyList<(string Name, string Value, DateTimeOffset Created)> Keys
    {
        get
        {
            lock (keys) return [.. keys.OrderBy(key => key.Key, StringComparer.Ordinal).Select(key => (key.Key, key.Value.Value, key.Value.Created))];
        }
    }

    internal void Restore(string keyName, string value, DateTimeOffset created)
    {
        lock (keys) keys[keyName] = (value, created);
    }
}
