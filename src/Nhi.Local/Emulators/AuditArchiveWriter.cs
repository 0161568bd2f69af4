using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Nhi.Local.Clock;

namespace Nhi.Local.Emulators;

/// <summary>
/// Writes what the vaults logged as Azure's diagnostic settings do: append blobs of JSON lines, one a vault and hour, some minutes after the call. It asks for no stop of its own: what is due is written whenever the player settles.
/// </summary>
internal sealed class AuditArchiveWriter(AuditTrail trail, WorldClock clock, Func<string, string?> resourceOf, Func<BlobContainerClient> container) : IPlayed, IDisposable
{
    /// <summary>Governance time between a call and its line.</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromMinutes(5);

    private readonly ConcurrentQueue<AuditFact> waiting = new();

    /// <summary>Hears what is logged from now on.</summary>
    public AuditArchiveWriter Listen()
    {
        trail.Recorded += waiting.Enqueue;
        return this;
    }

    public ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation) => new((DateTimeOffset?)null);

    public async ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        var parts = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        while (waiting.TryPeek(out var next) && next.Time + Lag <= clock.GetUtcNow() && waiting.TryDequeue(out var fact))
            if (resourceOf(fact.Resource) is { } resource)
            {
                var name = NameOf(resource, fact.Time);
                if (!parts.TryGetValue(name, out var lines)) parts[name] = lines = new StringBuilder();
                lines.Append(Line(fact, resource).ToJsonString()).Append('\n');
            }

        foreach (var (name, lines) in parts)
        {
            var blob = container().GetAppendBlobClient(name);
            await blob.CreateIfNotExistsAsync(cancellationToken: cancellation);
            await blob.AppendBlockAsync(new MemoryStream(Encoding.UTF8.GetBytes(lines.ToString())), cancellationToken: cancellation);
        }

        // Nobody has to be waited for once more because a line was written.
        return false;
    }

    public void Dispose() => trail.Recorded -= waiting.Enqueue;

    private static string NameOf(string resource, DateTimeOffset time) =>
        $"resourceId={resource.ToUpperInvariant()}/{time.UtcDateTime.ToString("'y='yyyy'/m='MM'/d='dd'/h='HH'/m=00/PT1H.json'", CultureInfo.InvariantCulture)}";

    internal static JsonObject Line(AuditFact fact, string resource) => new()
    {
        ["time"] = fact.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        ["category"] = "AuditEvent",
        ["operationName"] = fact.Operation,
        ["resultType"] = fact.Status < 300 ? "Success" : "Failure",
        ["correlationId"] = fact.Correlation,
        ["callerIpAddress"] = "127.0.0.1",
        ["identity"] = fact.Caller is null ? null : new JsonObject
        {
            ["claim"] = new JsonObject { ["oid"] = fact.ObjectId, ["appid"] = WorldIdentity.Of(fact.Caller).ClientId },
        },
        ["properties"] = new JsonObject
        {
            ["id"] = fact.Id,
            ["clientInfo"] = "nhi-local",
            // Without its version, as for a read of the latest one.
            ["requestUri"] = fact.Id is { } id && id.Split('/') is [var scheme, _, var host, var type, var name, ..] ? $"{scheme}//{host}/{type}/{name}?api-version=7.4" : null,
            ["httpStatusCode"] = fact.Status,
            ["isAccessPolicyMatch"] = fact.Status is not (401 or 403),
        },
        ["resultSignature"] = fact.Status switch { < 300 => "OK", 401 => "Unauthorized", 403 => "Forbidden", _ => "Failed" },
        // The only refusal whose object the vault names: that of a version which is disabled.
        ["resultDescription"] = fact is { Status: 403, Id: not null } ? "Operation get is not allowed on a disabled secret." : null,
        ["durationMs"] = "1",
        ["operationVersion"] = "7.4",
        ["resourceId"] = resource.ToUpperInvariant(),
    };
}
