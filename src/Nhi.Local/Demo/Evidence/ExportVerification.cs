using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Local.Demo.Evidence;

/// <summary>Verifies an exported container as <c>nhi verify --folder</c> does, with public keys that come from the key vault and not from the folder.</summary>
internal sealed class ExportVerification(World world)
{
    public async Task<VerificationReport> RunAsync(string containerFolder, CancellationToken ct) => await LogVerifier.VerifyAsync(await FolderLog.OpenAsync(containerFolder, ct), new VerifyOptions
    {
        LogKeys = world.ProductVault.PublicKeys("log"), ProducerKeys = [.. world.ProductVault.PublicKeys("producers")], Clock = world.Clock,
    }, null, ct);

    /// <summary>Changes one byte in the middle of a file of a copy, and returns what a verification says of the copy.</summary>
    public async Task<VerificationReport> AfterOneByteAsync(string containerFolder, string path, CancellationToken ct)
    {
        var copy = Directory.CreateTempSubdirectory("nhi-copy-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(containerFolder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(containerFolder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            var changed = Path.Combine(copy, path.Replace('/', Path.DirectorySeparatorChar));
            var bytes = await File.ReadAllBytesAsync(changed, ct);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(changed, bytes, ct);
            return await RunAsync(copy, ct);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }
}
