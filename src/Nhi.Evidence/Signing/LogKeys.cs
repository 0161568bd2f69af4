namespace Nhi.Evidence.Signing;

/// <summary>The log key in versions that are known from the start.</summary>
/// <param name="versions">Oldest first.</param>
public sealed class LogKeys(params IReadOnlyList<ISigner> versions) : ILogKeys
{
    public ReadOnlyMemory<byte>? First { get; init; }

    public ValueTask<IReadOnlyList<ISigner>> AllAsync(bool fresh, CancellationToken ct) => new(versions);
}
