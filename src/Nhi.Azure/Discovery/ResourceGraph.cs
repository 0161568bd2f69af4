using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Discovery;

/// <summary>Azure Resource Graph: one query, page by page, as the watcher. It answers 15 queries in 5 seconds; a hundred vaults are one.</summary>
internal sealed class ResourceGraph(AzureRest rest, CloudHosts hosts)
{
    private const string Path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    private const int PageSize = 1000;

    /// <summary>So many pages are a query that goes in circles, or an estate that wants a narrower one.</summary>
    private const int MostPages = 100;

    /// <summary>All rows of the query. Throws <see cref="ExternalCallException"/> when it cannot answer, or not for all of it.</summary>
    public async Task<IReadOnlyList<VaultRow>> VaultsAsync(string query, IReadOnlyList<string> managementGroups, IReadOnlyList<string> subscriptions, CancellationToken ct)
    {
        List<VaultRow> rows = [];
        string? token = null;
        for (var page = 0; page < MostPages; page++)
        {
            var body = new GraphQuery
            {
                Query = query,
                ManagementGroups = managementGroups.Count > 0 ? managementGroups : null,
                Subscriptions = subscriptions.Count > 0 ? subscriptions : null,
                Options = new GraphOptions { Top = PageSize, SkipToken = token },
            };
            var call = new RestCall("", hosts.Management, RequestMethod.Post, Path, "Looking for vaults by Azure Resource Graph")
            {
                AsWatcher = true,
                Body = JsonSerializer.SerializeToUtf8Bytes(body, GraphJson.Default.GraphQuery),
            };
            var answer = await rest.ReadAsync(call, GraphJson.Default.GraphAnswer, ct);
            rows.AddRange(answer.Data ?? []);
            token = answer.SkipToken;
            if (!string.IsNullOrEmpty(token))
                continue;
            // An answer that was cut short, and does not say how it goes on, is no answer about what there is not.
            return rows.Count >= answer.TotalRecords && !string.Equals(answer.ResultTruncated, "true", StringComparison.OrdinalIgnoreCase)
                ? rows
                : throw new ExternalCallException($"{call.What}: {rows.Count} of {answer.TotalRecords} came, and nothing says where the others are.", mayHaveHappened: false, transient: true, code: "Truncated");
        }

        throw new ExternalCallException($"Looking for vaults by Azure Resource Graph: no end after {MostPages} pages. Name fewer subscriptions, or a tag.", mayHaveHappened: false, transient: false, code: "NoEnd");
    }
}

/// <summary>One vault as the query projects it: other people's text.</summary>
internal sealed record VaultRow(string? Id, string? VaultUri, string? Environment);

internal sealed record GraphQuery
{
    public required string Query { get; init; }
    public IReadOnlyList<string>? ManagementGroups { get; init; }
    public IReadOnlyList<string>? Subscriptions { get; init; }
    public required GraphOptions Options { get; init; }
}

internal sealed record GraphOptions
{
    [JsonPropertyName("$top")]
    public int Top { get; init; }

    [JsonPropertyName("$skipToken")]
    public string? SkipToken { get; init; }
    public string ResultFormat { get; init; } = "objectArray";
}

internal sealed record GraphAnswer
{
    public long TotalRecords { get; init; }

    /// <summary>A text: <c>true</c> or <c>false</c>.</summary>
    public string? ResultTruncated { get; init; }

    [JsonPropertyName("$skipToken")]
    public string? SkipToken { get; init; }
    public IReadOnlyList<VaultRow>? Data { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GraphQuery))]
[JsonSerializable(typeof(GraphAnswer))]
internal sealed partial class GraphJson : JsonSerializerContext;
