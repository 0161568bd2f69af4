using System.Globalization;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Sources;

/// <summary>The policy in a file, read again when its time or length has changed, at most once a minute; otherwise as <see cref="ReloadingPolicySource"/>.</summary>
public sealed class FilePolicySource : IPolicySource, IDisposable
{
    private readonly ReloadingPolicySource _reloading;
    private readonly string _path;

    public FilePolicySource(string path, ProductIdentities own, TimeProvider clock) =>
        (_path, _reloading) = (path, new ReloadingPolicySource(ReadAsync, path, own, clock));

    /// <summary>Why the newest text is not in force; null while it is.</summary>
    public PolicyFaultSeen? LastFault => _reloading.LastFault;

    public ValueTask<Policy> CurrentAsync(CancellationToken ct) => _reloading.CurrentAsync(ct);

    public void Dispose() => _reloading.Dispose();

    private async Task<PolicyText?> ReadAsync(string? knownETag, CancellationToken ct)
    {
        try
        {
            var file = new FileInfo(_path);
            var etag = string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks}-{file.Length}");
            if (etag == knownETag)
                return null;
            await using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // One byte more than is accepted: enough to be refused, whatever lies at that path.
            var buffer = new byte[YamlTree.MostBytes + 1];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
            return new PolicyText(buffer.AsMemory(0, length), etag);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ExternalCallException($"The policy {_path} cannot be read: {fault.GetType().Name}. Put it there, or leave the setting Nhi__Policy out to observe everything.", mayHaveHappened: false, transient: true, code: null, fault);
        }
    }
}
