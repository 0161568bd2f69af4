using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Azure.Core;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>Lists of ARM and Graph, page by page, as the watcher or as who is told. What is longer than <paramref name="mostPages"/> is not read to its end, and so says nothing.</summary>
internal sealed class PagedReading(AzureRest rest, string host, int mostPages, bool asCurtailer = false)
{
    /// <summary>Bytes of one page.</summary>
    private const int LongestPage = 16 * 1024 * 1024;

    /// <summary>Throws <see cref="ExternalCallException"/>: also where the next page is elsewhere, for a link that leads elsewhere would take our token there.</summary>
    public async IAsyncEnumerable<T> PagesAsync<T>(string path, string what, JsonTypeInfo<T> shape, Func<T, string?> next, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var pages = 0; pages < mostPages; pages++)
        {
            var page = await rest.ReadAsync(new RestCall("", host, RequestMethod.Get, path, what) { AsWatcher = !asCurtailer, AsCurtailer = asCurtailer, LongestAnswer = LongestPage }, shape, ct);
            yield return page;
            if (next(page) is not { Length: > 0 } link)
                yield break;
            if (!Uri.TryCreate(link, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || !uri.Host.Equals(host, StringComparison.OrdinalIgnoreCase) || !uri.IsDefaultPort)
                throw new ExternalCallException($"{what}: the answer's next page is on another host.", mayHaveHappened: false, transient: false, code: "ForeignLink");
            path = uri.PathAndQuery;
        }

        throw new ExternalCallException($"{what}: more than {mostPages} pages.", mayHaveHappened: false, transient: false, code: "TooLong");
    }
}
