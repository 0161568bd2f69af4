using System.Text.Json.Nodes;
using CsCheck;

namespace Nhi.Governance.Tests.Policies;

/// <summary>Valid policies as JSON (which is YAML), and single changes to them. Any subset of the values is valid, too, so that a change is right or wrong by its key or type alone.</summary>
internal static class GenPolicy
{
    /// <summary>The highest number of a change.</summary>
    public const int Changes = 8;

    private static readonly Gen<Func<JsonNode>> _glob = Gen.OneOf(
        Gen.Int[0, 2].Select(i => Node(() => JsonValue.Create(new[] { "a.bc", "*", "db-?" }[i]))),
        Gen.Int[1, 3].Select(n => Node(() => new JsonArray([.. Enumerable.Range(0, n).Select(i => (JsonNode)$"x{i}.y*")]))));

    private static readonly Gen<Func<JsonNode>> _window = Gen.Int[0, 2].Select(i => Node(() => i switch
    {
        0 => new JsonObject { ["from"] = "22:00", ["to"] = "04:00" },
        1 => new JsonObject { ["days"] = "sat", ["from"] = "22:00", ["to"] = "04:00" },
        _ => new JsonObject { ["days"] = new JsonArray("sat", "sun"), ["from"] = "00:00", ["to"] = "00:00" },
    }));

    private static readonly Gen<(string, Func<JsonNode>)[]> _settings = Gen.Select(Gen.Int[0, 19].HashSet[0, 10], Gen.Int[0, 6], _window.Array[0, 2]).Select((chosen, n, windows) => new (string, Func<JsonNode>)[]
    {
        ("lifetime", () => $"P{200 + n}D"),
        ("rotateBefore", () => $"PT{n}H"),
        ("overlap", () => $"P{n}DT12H"),
        ("slack", () => $"P{n}D"),
        ("quietPeriod", () => $"P{n}W"),
        ("onExpired", () => new[] { "rotate", "revoke", "report" }[n % 3]),
        ("allowCutover", () => n % 2 == 0),
        ("freeAfter", () => $"P{60 + n}D"),
        ("disableSuperseded", () => n % 2 == 1),
        ("endSessions", () => n % 3 == 1),
        ("unusedAfter", () => $"P{30 + n}D"),
        ("attestEvery", () => $"P{n + 1}W"),
        ("removeNeglected", () => n % 2 == 0),
        ("curtailOverPrivileged", () => n % 2 == 1),
        ("quarantineAfter", () => $"P{1 + n}D"),
        ("revokeAfter", () => $"P{2 + n}D"),
        ("removeAfter", () => $"P{3 + n}D"),
        ("owner", () => $"team-{n}"),
        ("windows", () => new JsonArray([.. windows.Select(window => window())])),
        ("freezes", () => new JsonArray(new JsonObject { ["from"] = "2026-12-20", ["to"] = "2027-01-04T06:00Z", ["reason"] = "rest" })),
    }.Where((_, index) => chosen.Contains(index)).ToArray());

    private static readonly Gen<(string, Func<JsonNode>)[]> _match = Gen.Select(Gen.Int[0, 5].HashSet[0, 4], _glob, _glob).Select((chosen, a, b) => new (string, Func<JsonNode>)[]
    {
        ("vault", a),
        ("name", b),
        ("kind", a),
        ("owner", b),
        ("environment", a),
        ("tag", () => new JsonObject { ["team"] = b(), ["stage"] = "x" }),
    }.Where((_, index) => chosen.Contains(index)).ToArray());

    public static Gen<JsonObject> Policies { get; } =
        Gen.Select(Gen.Bool, _settings, Gen.Select(_match, _settings, Gen.Int[0, 2]).Array[0, 3]).Select((more, defaults, rules) =>
        {
            var policy = new JsonObject { ["version"] = 1 };
            if (more)
                policy["description"] = "What it is for.";
            if (more)
                policy["caps"] = new JsonObject { ["mintsPerHour"] = 3, ["killsPerRun"] = 0, ["quarantinesPerDay"] = 1 };
            policy["defaults"] = Object(defaults);
            policy["rules"] = new JsonArray([.. rules.Select((rule, index) =>
            {
                var node = new JsonObject { ["name"] = $"rule-{index}", ["match"] = Object(rule.Item1) };
                if (rule.Item3 > 0)
                    node["mode"] = rule.Item3 == 1 ? "observe" : "enforce";
                foreach (var (key, value) in rule.Item2)
                    node[key] = value();
                return (JsonNode)node;
            })]);
            return policy;
        });

    /// <summary>Changes one place of a copy: nothing (0), a value of another type, a key removed, an unknown key.</summary>
    public static JsonObject Change(JsonObject policy, int place, int change)
    {
        var copy = policy.DeepClone().AsObject();
        var places = Places(copy).ToList();
        var (parent, key) = places[place % places.Count];
        switch (change)
        {
            case 0:
                break;
            case 7 when parent is JsonObject map:
                map.Remove((string)key);
                break;
            case 8 when parent is JsonObject map:
                map["zzz"] = "a.bc";
                break;
            case 7 or 8:
                ((JsonArray)parent)[(int)key] = 3.5;
                break;
            default:
                Put(parent, key, new Func<JsonNode?>[] { () => 7, () => "a.bc", () => true, () => null, () => new JsonArray(), () => new JsonObject() }[change - 1]());
                break;
        }

        return copy;
    }

    private static IEnumerable<(JsonNode Parent, object Key)> Places(JsonNode node)
    {
        var children = node switch
        {
            JsonObject map => map.Select(pair => ((object)pair.Key, pair.Value)),
            JsonArray list => list.Select((item, index) => ((object)index, item)),
            _ => [],
        };
        return children.SelectMany(child => Places(child.Item2!).Prepend((node, child.Item1)));
    }

    private static void Put(JsonNode parent, object key, JsonNode? value)
    {
        if (parent is JsonObject map)
            map[(string)key] = value;
        else
            ((JsonArray)parent)[(int)key] = value;
    }

    private static JsonObject Object((string Key, Func<JsonNode> Value)[] members) => new(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value())));

    private static Func<JsonNode> Node(Func<JsonNode> make) => make;
}
