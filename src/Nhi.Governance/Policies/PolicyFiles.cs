namespace Nhi.Governance.Policies;

/// <summary>The texts that ship with the product, byte for byte.</summary>
public static class PolicyFiles
{
    /// <summary>How faults and explanations name the embedded policy.</summary>
    public const string ObserveAllName = "observe-all.yaml";

    /// <summary>The policy in force where none is set.</summary>
    public static ReadOnlyMemory<byte> ObserveAll { get; } = Read(ObserveAllName);

    /// <summary>A commented policy to begin with.</summary>
    public static ReadOnlyMemory<byte> Sample { get; } = Read("policy.sample.yaml");

    /// <summary>JSON Schema, draft-7, for editors.</summary>
    public static ReadOnlyMemory<byte> Schema { get; } = Read("policy.schema.json");

    private static byte[] Read(string name)
    {
        using var stream = typeof(PolicyFiles).Assembly.GetManifestResourceStream($"Nhi.Governance.Policies.{name}")
            ?? throw new InvalidOperationException($"The assembly was built without {name}: see Nhi.Governance.csproj.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
