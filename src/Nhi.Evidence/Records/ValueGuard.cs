using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nhi.Evidence.Records;

/// <summary>
/// The last look at a record before it becomes immutable: no string of it may look like a secret.
/// Known shapes are refused everywhere but in keys, certificates and hashes of our own; long unreadable runs wherever no id or hash belongs.
/// </summary>
public static class ValueGuard
{
    /// <summary>What stands in the place of a withheld value.</summary>
    public const string Withheld = "[withheld]";

    // Set by the writer itself, of a form that RecordRules checks, or a hash or note of our log: by chance a root bears the mark of a provider's key.
    private static readonly HashSet<string> Own = ["log", "path", "op", "action", "stage", "result", "producer.service", "producer.version", "producer.instance", "producer.key", "producer.cert", "producer.commit", "producer.region",
        "seal.root", "shard.checkpoint.root", "shard.checkpoint.note"];

    // Ids and hashes: any run may stand here, a known shape may not.
    private static readonly HashSet<string> Ids =
    [
        "rotation", "intent.path", "intent.sha256", "seal.previous.path", "seal.previous.sha256", "trigger.source", "trigger.id", "correlation.id", "correlation.trace", "correlation.session",
        "requestedBy.id", "requestedBy.tenant", "requestedBy.onBehalfOf.id", "requestedBy.onBehalfOf.tenant", "agent.id", "agent.instance", "agent.model", "agent.version", "owner.id",
        "credential.id", "credential.name", "credential.handle", "credential.issuedTo", "credential.fingerprint", "resource.id", "resource.scope", "change.before.version", "change.after.version",
        "change.before.handle", "change.after.handle", "approval.by", "approval.reference", "decision.policy", "decision.version", "decision.sha256", "debt.handle", "debt.versions", "slots.handle", "slots.fingerprint", "controls", "withheld",
        "coverage.source", "shard.log", "shard.strays.path", "shard.strays.sha256", "endedKey.sha256",
    ];

    /// <summary>True for a text that no record, log or console may show: it holds a secret of a known shape, or a long run that reads like nothing.</summary>
    public static bool LooksLikeSecret(string text) => SecretShapes.IsKnown(text) || SecretShapes.IsRandom(text);

    /// <summary>
    /// The record as it may be written. With <see cref="GuardMode.Withhold"/> what looks like a secret is replaced and named in <see cref="EvidenceRecord.Withheld"/>;
    /// with <see cref="GuardMode.Throw"/> it throws <see cref="SecretInRecordException"/>.
    /// </summary>
    public static EvidenceRecord Check(EvidenceRecord record, GuardMode mode)
    {
        ArgumentNullException.ThrowIfNull(record);
        var body = JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.ByCut[0].GetTypeInfo(typeof(EvidenceRecord)));
        var found = Suspects(body);
        if (found.Count == 0)
            return record;
        if (mode == GuardMode.Throw)
            throw new SecretInRecordException($"The record '{record.Action}' holds what looks like a secret in {string.Join(", ", found)}. Record an id, or a keyed fingerprint, instead.");
        return Without(body, found);
    }

    /// <summary>The members whose values look like secrets, as JSON paths.</summary>
    private static List<string> Suspects(ReadOnlySpan<byte> body)
    {
        List<string> found = [];
        var reader = new Utf8JsonReader(body);
        var path = new PathWalker();
        while (reader.Read())
        {
            path.Step(ref reader);
            if (reader.TokenType == JsonTokenType.String && IsSuspect(path, ref reader))
                found.Add(path.ToString());
            else if (reader.TokenType == JsonTokenType.PropertyName && path.InCounts && IsSuspect(path, ref reader))
                found.Add("$.seal.counts");
        }

        return found;
    }

    private static bool IsSuspect(PathWalker path, ref Utf8JsonReader reader) =>
        reader.ValueSpan.Length >= SecretShapes.Shortest && reader.GetString()! is var value && SecretShapes.MayBe(value) && IsSuspect(path.Member, value);

    private static bool IsSuspect(string member, string value) =>
        !Own.Contains(member) && (SecretShapes.IsKnown(value) || (!Ids.Contains(member) && SecretShapes.IsRandom(value)));

    private static EvidenceRecord Without(ReadOnlySpan<byte> body, List<string> found)
    {
        var root = JsonNode.Parse(body)!.AsObject();
        foreach (var path in found)
            Replace(root, path);
        var withheld = (root["withheld"] as JsonArray ?? []).Select(node => (string)node!).Concat(found).Distinct().ToArray();
        root["withheld"] = new JsonArray([.. withheld.Select(path => (JsonNode)path)]);
        var options = new JsonWriterOptions { Encoder = RecordJson.ByCut[0].Encoder };
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, options))
            root.WriteTo(writer);
        return RecordSerializer.Parse(stream.ToArray());
    }

    private static void Replace(JsonObject root, string path)
    {
        JsonNode node = root;
        var steps = path[2..].Replace("[", ".[", StringComparison.Ordinal).Split('.');
        for (var i = 0; i < steps.Length; i++)
        {
            var last = i == steps.Length - 1;
            if (steps[i] is ['[', .. var number, ']'])
            {
                var index = int.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
                if (last)
                    node.AsArray()[index] = Withheld;
                else
                    node = node.AsArray()[index]!;
            }
            else if (last)
            {
                node.AsObject()[steps[i]] = steps[i] == "counts" ? new JsonObject { [Withheld] = node[steps[i]]!.AsObject().Sum(pair => (long)pair.Value!) } : Withheld;
            }
            else
            {
                node = node[steps[i]]!;
            }
        }
    }

    /// <summary>Where a reader stands: <c>$.decision.reasons[2]</c>, and the member without positions, <c>decision.reasons</c>.</summary>
    private sealed class PathWalker
    {
        private readonly List<(string? Name, int Index)> steps = [];

        internal string Member => string.Join('.', steps.Where(step => step.Name is not null).Select(step => step.Name));

        internal bool InCounts => steps is [{ Name: "seal" }, { Name: "counts" }, _];

        internal void Step(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    steps[^1] = (reader.GetString(), 0);
                    return;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    steps.RemoveAt(steps.Count - 1);
                    return;
                default:
                    if (steps is [.., (null, var index)])
                        steps[^1] = (null, index + 1);
                    if (reader.TokenType == JsonTokenType.StartObject)
                        steps.Add(("", 0));
                    else if (reader.TokenType == JsonTokenType.StartArray)
                        steps.Add((null, -1));
                    return;
            }
        }

        public override string ToString()
        {
            var text = new StringBuilder("$");
            foreach (var (name, index) in steps)
                _ = name is null ? text.Append('[').Append(index).Append(']') : text.Append('.').Append(name);
            return text.ToString();
        }
    }
}
