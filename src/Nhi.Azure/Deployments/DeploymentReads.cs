using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Azure.Core;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Deployments;

/// <summary>Reads of Azure Resource Manager as whoever runs the command. It changes nothing, asks for one thing once, and answers for every failure: one thing that can't be read stops no other.</summary>
public sealed partial class DeploymentReads
{
    private const int MostPages = 100;
    private readonly AzureRest _rest;
    private readonly string _host;
    private readonly ConcurrentDictionary<string, Lazy<Task<ArmAnswer>>> _asked = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="caller">Who asks.</param>
    /// <param name="cloud">Where.</param>
    /// <param name="tuning">The pipeline's; null: the product's own.</param>
    public DeploymentReads(TokenCredential caller, AzureCloud cloud, RestTuning? tuning = null)
    {
        ArgumentNullException.ThrowIfNull(cloud);
        (_rest, _host, Cloud) = (new AzureRest(new Caller(caller), TimeProvider.System, tuning), cloud.Management.Host, cloud);
    }

    internal AzureCloud Cloud { get; }

    /// <summary>A resource.</summary>
    internal Task<ArmAnswer> GetAsync(string id, string apiVersion, CancellationToken ct) => OnceAsync(RequestMethod.Get, $"{id}?api-version={apiVersion}", $"reading {ArmIds.Text(id)}", ct);

    /// <summary>What Azure gives for a POST that changes nothing: an app's settings.</summary>
    internal Task<ArmAnswer> PostAsync(string id, string apiVersion, CancellationToken ct) => OnceAsync(RequestMethod.Post, $"{id}?api-version={apiVersion}", $"reading {ArmIds.Text(id)}", ct);

    /// <summary>All of a list, over its pages. A failure of any page is the failure of the list: half of it would look like all.</summary>
    internal async Task<(IReadOnlyList<JsonObject>? All, ArmAnswer Last)> ListAsync(string pathAndQuery, string what, CancellationToken ct)
    {
        List<JsonObject> all = [];
        var next = pathAndQuery;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await OnceAsync(RequestMethod.Get, next, what, ct);
            if (answer.Body?["value"] is not JsonArray values)
                return (null, answer.Body is null ? answer : answer with { Body = null, Why = "the answer is no list" });
            all.AddRange(values.OfType<JsonObject>());
            if (answer.Body["nextLink"] is not JsonValue link || !link.TryGetValue<string>(out var text) || text.Length == 0)
                return (all, answer);
            // Our token goes to no other host.
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps || !string.Equals(address.Host, _host, StringComparison.OrdinalIgnoreCase))
                return (null, answer with { Body = null, Why = "the next page is at another host" });
            next = address.PathAndQuery;
        }

        return (null, new ArmAnswer(0, null, $"it has more than {MostPages} pages"));
    }

    private Task<ArmAnswer> OnceAsync(RequestMethod method, string pathAndQuery, string what, CancellationToken ct) =>
        _asked.GetOrAdd($"{method} {pathAndQuery}", _ => new(() => AskAsync(new RestCall("", _host, method, pathAndQuery, what), ct))).Value;

    private async Task<ArmAnswer> AskAsync(RestCall call, CancellationToken ct)
    {
        try
        {
            var answer = await _rest.TryReadAsync(call, ct);
            return answer.Succeeded
                ? new ArmAnswer(answer.Status, JsonNode.Parse(answer.As(Shapes.Default.JsonElement).GetRawText()) as JsonObject, "the answer is no JSON object")
                : new ArmAnswer(answer.Status, null, $"HTTP {answer.Status}{(answer.Error.Code is { } code ? $" {code}" : "")}") { IsAbsent = answer.IsAbsent };
        }
        catch (ExternalCallException failure) when (failure.Code == "NoToken")
        {
            return new ArmAnswer(0, null, "you got no token for Azure");
        }
        catch (ExternalCallException failure)
        {
            return new ArmAnswer(0, null, ServiceText.OneLine(failure.Message, 200));
        }
    }

    private sealed class Caller(TokenCredential credential) : ICredentialSource
    {
        public TokenCredential Rotator(string environment) => credential;
    }

    [JsonSerializable(typeof(JsonElement))]
    private sealed partial class Shapes : JsonSerializerContext;
}

/// <summary>What ARM answered. <paramref name="Status"/>: 0 when there was no answer; <paramref name="Body"/>: null unless it succeeded; <paramref name="Why"/>: for a person, why not.</summary>
internal sealed record ArmAnswer(int Status, JsonObject? Body, string Why)
{
    /// <summary>It is not there, as far as Azure tells the asker.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>What could not be read, for the report.</summary>
    public Unread Unread(string resource) => new(resource, Why, Status switch
    {
        401 or 403 => "Ask for the right to read it (Reader; for an app's settings Website Contributor), then run it again.",
        429 or >= 500 or 0 => "Run it again in some minutes.",
        _ => "Look at it in the portal.",
    });
}
