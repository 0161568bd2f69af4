using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Nhi.Evidence.Records;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(EvidenceRecord))]
[JsonSerializable(typeof(SlotFacts[]))]
internal sealed partial class RecordJsonContext : JsonSerializerContext;

/// <summary>How members become JSON: names in camel case, order as declared, nothing that is null, empty or false, each string within its limit.</summary>
internal static class RecordJson
{
    // Never cut: what points at something else, or is part of a proof, is worth nothing in half.
    private static readonly HashSet<(Type, string)> Identities =
    [
        (typeof(EvidenceRecord), "log"), (typeof(EvidenceRecord), "path"), (typeof(EvidenceRecord), "op"), (typeof(EvidenceRecord), "action"), (typeof(EvidenceRecord), "result"),
        (typeof(EvidenceRecord), "rotation"), (typeof(EvidenceRecord), "location"), (typeof(RecordReference), "path"), (typeof(RecordReference), "sha256"),
        (typeof(SealFacts), "root"), (typeof(ShardFacts), "log"), (typeof(CheckpointFacts), "root"), (typeof(EndedKeyFacts), "sha256"), (typeof(CredentialFacts), "id"), (typeof(CredentialFacts), "name"), (typeof(DecisionFacts), "sha256"),
        (typeof(AssignmentFacts), "id"), (typeof(AssignmentFacts), "role"), (typeof(AssignmentFacts), "principal"), (typeof(AssignmentFacts), "scope"),
        (typeof(ProducerFacts), "service"), (typeof(ProducerFacts), "version"), (typeof(ProducerFacts), "instance"), (typeof(ProducerFacts), "key"), (typeof(ProducerFacts), "cert"),
        (typeof(ProducerFacts), "commit"), (typeof(ProducerFacts), "region"),
    ];

    /// <summary>One set of options per cut of <see cref="RecordLimits.Cuts"/>; the first also reads.</summary>
    internal static readonly JsonSerializerOptions[] ByCut = [.. RecordLimits.Cuts.Select(cut => OptionsFor(cut.Text, cut.Entries))];

    private static JsonSerializerOptions OptionsFor(int text, int entries)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = RecordLimits.Depth,
            WriteIndented = true,
            IndentSize = 2,
            NewLine = "\n",
            // The file is read by people and by jq, never put into HTML: quotes, + and letters of any language stay as they are.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = RecordJsonContext.Default.WithAddedModifier(OmitEmpty).WithAddedModifier(KeepIdentities),
        };
        options.Converters.Add(new TextConverter(text));
        options.Converters.Add(new TextListConverter(text, entries));
        options.Converters.Add(new CountsConverter(text, entries));
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new StageConverter());
        options.MakeReadOnly();
        return options;
    }

    private static void OmitEmpty(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            if (member.PropertyType == typeof(bool))
                member.ShouldSerialize = static (_, value) => value is true;
            else if (member.PropertyType == typeof(IReadOnlyList<string>) || member.PropertyType == typeof(IReadOnlyList<SlotFacts>))
                member.ShouldSerialize = static (_, value) => value is IEnumerable items && items.GetEnumerator().MoveNext();
        }
    }

    private static void KeepIdentities(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            if (Identities.Contains((type.Type, member.Name)))
                member.CustomConverter = IdentityConverter.Instance;
        }
    }
}
