using Nhi.Governance.Publishing.Notices;

namespace Nhi.Azure.Tests.Notices;

internal static class Digests
{
    /// <summary>What other people may have written into names, tags and reasons.</summary>
    public const string Hostile = "\"}],\"injected\":[{\"a\":\"{{owner}}\\\r\n\t\u0000\u2028</script>'`${x}é☃\ud800";

    public static Digest Of(int items, string text = Hostile, int more = 0) => new()
    {
        Log = "nhievidence.blob.core.windows.net/evidence-2026",
        Owner = text,
        From = new DateTimeOffset(2026, 11, 24, 11, 0, 0, TimeSpan.Zero),
        Until = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero),
        First = 42,
        Severity = "critical",
        Items = [.. Enumerable.Range(0, items).Select(i => new DigestItem(new DateTimeOffset(2026, 11, 24, 11, i, 0, TimeSpan.Zero), "removal.tell", "ok", i == 9 ? "critical" : "info", $"{i} {text}", text, text, text, $"records/{i}.json", $"https://nhievidence/records/{i}.json", new string('a', 64)))],
        More = more,
    };
}
