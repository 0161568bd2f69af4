using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// The names that a list showed so far, short enough for a cursor: four bytes of each one's SHA-256. With it, a list that is gone on with from the middle still tells what is missing.
/// Two names of the same four bytes hide that one of them is gone until the next list that is not interrupted.
/// </summary>
internal sealed class SeenNames
{
    /// <summary>A vault with more of them tells what is gone when a list of it is not interrupted.</summary>
    public const int Most = 3_750;

    private readonly HashSet<uint> _names = [];

    /// <summary>False once there were too many: then nothing can be said about what is missing.</summary>
    public bool IsWhole { get; private set; } = true;

    public void Add(CredentialId id)
    {
        if (!IsWhole || !_names.Add(Short(id)) || _names.Count <= Most)
            return;
        IsWhole = false;
        _names.Clear();
    }

    public bool Contains(CredentialId id) => _names.Contains(Short(id));

    /// <summary>Null when there were too many.</summary>
    public string? ToText()
    {
        if (!IsWhole)
            return null;
        var bytes = new byte[_names.Count * 4];
        var at = 0;
        foreach (var name in _names)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * at++), name);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>A text that is none says nothing about what is missing.</summary>
    public static SeenNames Parse(string? text)
    {
        var names = new SeenNames();
        var bytes = new byte[Most * 4];
        if (text is null || !Convert.TryFromBase64String(text, bytes, out var count) || count % 4 != 0)
            names.IsWhole = false;
        else
            for (var at = 0; at < count; at += 4)
                names._names.Add(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)));
        return names;
    }

    private static uint Short(CredentialId id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(id.Name), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
