using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Newtonsoft.Json.Linq;
using Nhi.Governance.Policies;
using Nhi.Governance.Policies.Rules;
using NJsonSchema;
using YamlDotNet.Serialization;

namespace Nhi.Governance.Tests.Policies;

/// <summary>The schema beside the loader says the same as the loader of keys and types; the converter from YAML to JSON is YamlDotNet's own, not the loader's.</summary>
public sealed class PolicySchemaTests
{
    private static readonly string _schemaText = Encoding.UTF8.GetString(PolicyFiles.Schema.Span);

    [Theory]
    [InlineData("", nameof(PolicyKeys.OfPolicy))]
    [InlineData("properties/defaults", nameof(PolicyKeys.OfSettings))]
    [InlineData("properties/caps", nameof(PolicyKeys.OfCaps))]
    [InlineData("properties/rules/items", nameof(PolicyKeys.OfRule))]
    [InlineData("properties/rules/items/properties/match", nameof(PolicyKeys.OfMatch))]
    [InlineData("definitions/windows/items", nameof(PolicyKeys.OfWindow))]
    [InlineData("definitions/freezes/items", nameof(PolicyKeys.OfFreeze))]
    public void Its_keys_are_the_loader_s_and_each_is_described(string place, string keys)
    {
        var node = place.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(JsonNode.Parse(_schemaText)!, (at, step) => at[step]!);
        var properties = node["properties"]!.AsObject();
        Assert.False(node["additionalProperties"]!.GetValue<bool>());
        Assert.Equal(((IReadOnlyList<string>)typeof(PolicyKeys).GetProperty(keys)!.GetValue(null)!).Order(), properties.Select(property => property.Key).Order());
        Assert.All(properties, property => Assert.True(Described(property.Value!) || property.Key is "rules", property.Key));
    }

    [Fact]
    public async Task It_uses_no_keyword_that_validators_leave_out()
    {
        foreach (var keyword in new[] { "\"const\"", "\"if\"", "\"then\"", "\"else\"", "\"prefixItems\"", "\"oneOf\"" })
            Assert.DoesNotContain(keyword, _schemaText, StringComparison.Ordinal);
        Assert.Equal("http://json-schema.org/draft-07/schema#", (await SchemaAsync()).SchemaVersion);
    }

    [Fact]
    public async Task The_shipped_policies_are_valid()
    {
        foreach (var bytes in new[] { PolicyFiles.Sample, PolicyFiles.ObserveAll })
            Assert.Empty((await SchemaAsync()).Validate(Json(Encoding.UTF8.GetString(bytes.Span))));
    }

    [Fact]
    public void The_files_beside_the_assembly_are_the_ones_in_it()
    {
        Assert.Equal(PolicyFiles.Sample.ToArray(), File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "policy.sample.yaml")));
        Assert.Equal(PolicyFiles.Schema.ToArray(), File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "policy.schema.json")));
    }

    [Fact]
    public async Task Loader_and_schema_agree_on_any_policy_with_one_key_or_type_changed()
    {
        var schema = await SchemaAsync();
        var (accepted, refused) = (0, 0);
        Gen.Select(GenPolicy.Policies, Gen.Int[0, 1_000], Gen.Int[0, GenPolicy.Changes]).Sample((policy, place, change) =>
        {
            var text = GenPolicy.Change(policy, place, change).ToJsonString();
            var bySchema = schema.Validate(Json(text)).Count == 0;
            var fault = Fault(text);
            Assert.True(bySchema == (fault is null), $"schema: {bySchema}, loader: {fault ?? "accepts"}\n{text}");
            _ = bySchema ? Interlocked.Increment(ref accepted) : Interlocked.Increment(ref refused);
        }, iter: 3_000);
        Assert.True(accepted > 100 && refused > 100, $"{accepted} accepted, {refused} refused: the generator tests one side only.");
    }

    [Theory]
    [InlineData("overlap: 14")]
    [InlineData("overlap: ~")]
    [InlineData("overlap:")]
    [InlineData("owner: true")]
    [InlineData("owner: 1.5")]
    [InlineData("owner: 12e3")]
    [InlineData("owner: yes")]
    [InlineData("owner: 0x1F")]
    [InlineData("owner: 2026-12-20")]
    [InlineData("owner: \"12\"")]
    [InlineData("owner: '~'")]
    [InlineData("allowCutover: True")]
    [InlineData("allowCutover: \"true\"")]
    [InlineData("allowCutover: on")]
    [InlineData("windows: [{ from: 22:00, to: 23:00 }]")]
    [InlineData("freezes: [{ from: 2026-12-20, to: 2026-12-21, reason: 7 }]")]
    public async Task Loader_and_schema_agree_on_what_a_plain_scalar_is(string line)
    {
        var text = PolicyTexts.Rule(line);
        Assert.Equal((await SchemaAsync()).Validate(Json(text)).Count == 0, Fault(text) is null);
    }

    [Theory]
    [InlineData("type", "allowCutover: 1")]
    [InlineData("enum", "mode: maybe")]
    [InlineData("pattern", "overlap: P3M")]
    [InlineData("minLength", "owner: ''")]
    [InlineData("maxLength", "owner: LONG")]
    [InlineData("minItems", "windows: [{ days: [], from: 22:00, to: 23:00 }]")]
    [InlineData("maxItems", "windows: [{ days: [mon, mon, mon, mon, mon, mon, mon, mon], from: 22:00, to: 23:00 }]")]
    [InlineData("required", "windows: [{ from: 22:00 }]")]
    [InlineData("additionalProperties", "overlapp: P3D")]
    [InlineData("anyOf", "windows: [{ days: { a: b }, from: 22:00, to: 23:00 }]")]
    public async Task Each_keyword_of_the_schema_rejects_what_the_loader_rejects(string keyword, string line)
    {
        var text = PolicyTexts.Rule(line.Replace("LONG", new string('x', 257), StringComparison.Ordinal));
        Assert.Contains($"\"{keyword}\"", _schemaText, StringComparison.Ordinal);
        Assert.NotEmpty((await SchemaAsync()).Validate(Json(text)));
        Assert.NotNull(Fault(text));
    }

    [Theory]
    [InlineData("minimum", "version: 1\nrules: []\ncaps: { mintsPerHour: -1 }")]
    [InlineData("maximum", "version: 1\nrules: []\ncaps: { killsPerRun: 10001 }")]
    [InlineData("minProperties", "version: 1\nrules: [{ name: a, match: { tag: {} } }]")]
    [InlineData("maxProperties", "version: 1\nrules: [{ name: a, match: { tag: { a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x, k: x, l: x, m: x, n: x, o: x, p: x, q: x, r: x, s: x, t: x, u: x } } }]")]
    public async Task Each_keyword_of_the_schema_rejects_what_the_loader_rejects_in_a_whole_policy(string keyword, string text)
    {
        Assert.Contains($"\"{keyword}\"", _schemaText, StringComparison.Ordinal);
        Assert.NotEmpty((await SchemaAsync()).Validate(Json(text)));
        Assert.NotNull(Fault(text));
    }

    private static string? Fault(string text)
    {
        try
        {
            YamlPolicy.Load(Encoding.UTF8.GetBytes(text), "p", ProductIdentities.None);
            return null;
        }
        catch (PolicyException fault)
        {
            return fault.Message;
        }
    }

    private static bool Described(JsonNode node) =>
        node["description"] is not null || (node["$ref"] is { } reference && JsonNode.Parse(_schemaText)!["definitions"]![reference.GetValue<string>().Split('/')[^1]]!["description"] is not null);

    private static Task<JsonSchema> SchemaAsync() => JsonSchema.FromJsonAsync(_schemaText);

    private static JToken Json(string yaml) => Token(new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(yaml));

    private static JToken Token(object? value) => value switch
    {
        null => JValue.CreateNull(),
        IDictionary<object, object> map => new JObject(map.Select(pair => new JProperty((string)pair.Key, Token(pair.Value)))),
        IList<object> list => new JArray(list.Select(Token)),
        string text => new JValue(text),
        bool flag => new JValue(flag),
        float or double => new JValue(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => new JValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };
}
