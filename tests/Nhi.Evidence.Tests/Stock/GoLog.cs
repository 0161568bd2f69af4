namespace Nhi.Evidence.Tests.Stock;

/// <summary>The Go program on <c>golang.org/x/mod/sumdb</c>.</summary>
internal static class GoLog
{
    private static readonly Dictionary<string, string> Go = new() { ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode" };

    /// <summary>Skips the test where the machine has no Go or not that package.</summary>
    internal static async Task<StockTool> RunAsync(string folder, IEnumerable<string> keys, string? tiles = null)
    {
        var library = Path.Combine(Go["GOPATH"], "src", "golang.org", "x", "mod", "sumdb");
        Assert.SkipUnless(Directory.Exists(library), "Skipped: golang.org/x/mod is not on this machine (Debian: golang-go, golang-golang-x-mod-dev).");
        string[] beside = tiles is null ? [] : ["-tiles", tiles];
        return await StockTool.RunAsync(AppContext.BaseDirectory, Go, "go", ["run", Path.Combine("Stock", "nhilog.go"), .. keys.SelectMany(key => (string[])["-key", key]), .. beside, folder]);
    }
}
