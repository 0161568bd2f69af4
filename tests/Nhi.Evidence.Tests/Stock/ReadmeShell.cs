using Nhi.Evidence.Shards;

namespace Nhi.Evidence.Tests.Stock;

/// <summary>Does in bash, at the top of a container's folder, what its <c>README.txt</c> tells an auditor to do.</summary>
internal static class ReadmeShell
{
    private const string OneKey = "keys/log-1.pub.pem";

    /// <param name="keys">The log keys that the auditor names.</param>
    internal static Task<StockTool> RunAsync(string folder, string command, string keys = OneKey)
    {
        // A folder of its own for what the commands put into /tmp: others run them too.
        var script = $"{AuditorReadme.Keys.Replace(OneKey, keys, StringComparison.Ordinal)}\n{command.Replace("/tmp/", $"{folder}/.tmp-", StringComparison.Ordinal)}\n";
        return StockTool.RunAsync(folder, null, "bash", "-c", script.ReplaceLineEndings("\n"));
    }
}
