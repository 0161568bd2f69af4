using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Nhi.Evidence.Records;
using NJsonSchema;

namespace Nhi.Evidence.Tests.Records;

public sealed class RecordSchemaTests
{
    private static readonly JsonObject Source = JsonNode.Parse(RecordSchema.Text())!.AsObject();
    private static readonly Lazy<Task<JsonSchema>> Schema = new(() => JsonSchema.FromJsonAsync(RecordSchema.Text()));

    private static string Json(EvidenceRecord record) => Encoding.UTF8.GetString(RecordSerializer.Seal(RecordSerializer.Prefix(record), new byte[64]));

    private static EvidenceRecord Whole => Samples.Outcome(Samples.Intent()) with
    {
        Log = "a/evidence-2026", Path = "records/x.json", Recorded = Samples.Start, Producer = new ProducerFacts("nhi", "1", "i", "a", "b"),
        Controls = ["OWASP-NHI7:2025"], Seal = new SealFacts(Samples.Start, Samples.Start, 0, 1, new Dictionary<string, long> { ["ok"] = 1 }, 0),
    };

    [Fact]
    public async Task Every_record_that_can_be_written_validates()
    {
        var schema = await Schema.Value;
        RecordGen.Whole.Sample(record => Assert.Empty(schema.Validate(Json(record))), iter: 150);
    }

    /// <summary>One case per keyword that the schema uses: a validator that ignored it would let the text pass.</summary>
    [Theory]
    [InlineData("additionalProperties", "\"fence\": 1", "\"fance\": 1")]
    [InlineData("additionalProperties", "\"ok\": 1", "\"ok\": \"1\"")]
    [InlineData("additionalProperties", "\"type\": \"application\"", "\"typ\": \"application\"")]
    [InlineData("required", "  \"action\": \"credential.rotate\",\n", "")]
    [InlineData("type", "\"fence\": 1", "\"fence\": 1.5")]
    [InlineData("type", "\"fence\": 1", "\"fence\": null")]
    [InlineData("enum", "nhi-evidence/1", "nhi-evidence/2")]
    [InlineData("enum", "\"result\": \"ok\"", "\"result\": \"fine\"")]
    [InlineData("pattern", "credential.rotate", "rotate")]
    [InlineData("minimum", "\"fence\": 1", "\"fence\": -9007199254740992")]
    [InlineData("maximum", "\"fence\": 1", "\"fence\": 9007199254740992")]
    [InlineData("maxLength", "OWASP-NHI7:2025", "LONG")]
    [InlineData("maxItems", "\"OWASP-NHI7:2025\"", "MANY")]
    [InlineData("items", "\"OWASP-NHI7:2025\"", "7")]
    [InlineData("properties", "\"summary\": \"Rotated: ok.\"", "\"summary\": {}")]
    [InlineData("$ref", "\"state\": \"active\"", "\"state\": 7")]
    public async Task Each_keyword_rejects_something(string keyword, string old, string replacement)
    {
        var json = Json(Whole);
        Assert.Contains($"\"{keyword}\"", RecordSchema.Text(), StringComparison.Ordinal);
        Assert.Contains(old, json, StringComparison.Ordinal);
        Assert.Empty((await Schema.Value).Validate(json));
        replacement = replacement switch { "LONG" => new string('x', 2_049), "MANY" => string.Join(",", Enumerable.Repeat("\"x\"", 257)), _ => replacement };
        var changed = json.Replace(old, replacement, StringComparison.Ordinal);
        Assert.NotEmpty((await Schema.Value).Validate(changed));
        Assert.False(RecordSerializer.TryRead(Encoding.UTF8.GetBytes(changed), out _, out _));
    }

    [Fact]
    public void No_other_keyword_is_used()
    {
        string[] tested = [.. typeof(RecordSchemaTests).GetMethod(nameof(Each_keyword_rejects_something))!.GetCustomAttributes<InlineDataAttribute>().Select(data => (string)data.Data[0]!).Distinct()];
        string[] free = ["$schema", "title", "description", "definitions"];
        Assert.Empty(Keywords(Source).Except(tested).Except(free));
    }

    [Fact]
    public void The_schema_has_the_members_of_the_record_and_no_others() => Compare(typeof(EvidenceRecord), Source, ["schema", "sig"]);

    [Fact]
    public void The_schema_lies_beside_the_library() => Assert.Equal(RecordSchema.Text(), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, RecordSchema.FileName)));

    private static IEnumerable<string> Keywords(JsonNode? node)
    {
        if (node is not JsonObject schema)
            yield break;
        foreach (var (keyword, value) in schema)
        {
            yield return keyword;
            var inner = keyword switch
            {
                "properties" or "definitions" => value!.AsObject().Select(pair => pair.Value),
                "items" or "additionalProperties" => [value],
                _ => [],
            };
            foreach (var found in inner.SelectMany(Keywords))
                yield return found;
        }
    }

    private static void Compare(Type type, JsonObject schema, string[] added)
    {
        if ((string?)schema["$ref"] is { } reference)
            schema = Source["definitions"]![reference.Split('/')[^1]]!.AsObject();
        Assert.False((bool)schema["additionalProperties"]!);
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.SetMethod is not null).ToDictionary(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name));
        var named = schema["properties"]!.AsObject();
        Assert.Equal(members.Keys.Concat(added).Order(), named.Select(pair => pair.Key).Order());
        foreach (var (name, member) in members)
        {
            var inner = named[name]!.AsObject();
            var itsType = member.PropertyType;
            if (itsType.IsGenericType && itsType.IsAssignableTo(typeof(IEnumerable)) && itsType.GenericTypeArguments.Length == 1)
                (itsType, inner) = (itsType.GenericTypeArguments[0], inner["items"]!.AsObject());
            if (itsType.Namespace == typeof(EvidenceRecord).Namespace && itsType.IsClass && itsType != type)
                Compare(itsType, inner, []);
        }
    }
}
