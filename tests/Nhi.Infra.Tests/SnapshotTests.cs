using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Compiler;

namespace Nhi.Infra.Tests;

/// <summary>
/// What the templates deploy is reviewed as a diff of these files. After a change of infra/:
/// <c>NHI_RENEW=1 dotnet run --project tests/Nhi.Infra.Tests -- --filter-class '*SnapshotTests'</c>, and read the diff.
/// </summary>
public sealed class SnapshotTests(Bicep bicep)
{
    private static readonly JsonSerializerOptions _readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Samples => [.. SampleDeployments.Names];

    [Theory, MemberData(nameof(Samples))]
    public async Task What_is_deployed_is_what_was_reviewed(string name)
    {
        var snapshot = await SampleDeployments.EvaluateAsync(bicep, name);
        // The compiler gives outputs in any order, and resources in one that a new dependency changes.
        snapshot["predictedResources"] = new JsonArray([.. snapshot["predictedResources"]!.AsArray().Select(one => one!.DeepClone()).OrderBy(one => (string)one["id"]!, StringComparer.Ordinal)]);
        snapshot["outputs"] = new JsonObject(snapshot["outputs"]!.AsObject().OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, one.Value?.DeepClone())));
        var text = snapshot.ToJsonString(_readable).ReplaceLineEndings("\n") + "\n";
        var file = Repository.File("tests", "Nhi.Infra.Tests", "Snapshots", name + ".json");
        if (Environment.GetEnvironmentVariable("NHI_RENEW") == "1")
            await File.WriteAllTextAsync(file, text);
        var reviewed = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");
        var (now, then) = (text.Split('\n'), reviewed.Split('\n'));
        var first = Enumerable.Range(0, Math.Max(now.Length, then.Length)).FirstOrDefault(i => i >= now.Length || i >= then.Length || now[i] != then[i], -1);
        Assert.True(first < 0, $"""
            Snapshots/{name}.json differs from line {first + 1} on:
            reviewed: {then.ElementAtOrDefault(first)}
            now:      {now.ElementAtOrDefault(first)}
            Renew it (see the class), and read the diff.
            """);
    }
}
