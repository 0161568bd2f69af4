using System.Text.Json;

namespace Nhi.Local.Tests.Parts;

public sealed class PartsLockTests
{
    [Fact]
    public void The_lock_pins_every_package_by_hash_and_names_no_registry()
    {
        using var stream = typeof(Nhi.Local.Parts.PartsCache).Assembly.GetManifestResourceStream("parts/package-lock.json")!;
        using var document = JsonDocument.Parse(stream);
        var packages = document.RootElement.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0).ToList();

        Assert.True(packages.Count > 100);
        Assert.All(packages, package =>
        {
            Assert.False(package.Value.TryGetProperty("resolved", out _), package.Name);
            Assert.StartsWith("sha512-", package.Value.GetProperty("integrity").GetString(), StringComparison.Ordinal);
        });
    }
}
