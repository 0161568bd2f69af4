using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Evidence.Verification.Findings;

/// <summary>Reports and findings as JSON: camel case, kinds by name, nothing that is null.</summary>
public static class ReportJson
{
    private static readonly ReportJsonContext Context = new(new JsonSerializerOptions(ReportJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" });

    /// <summary>The whole report, indented, with a line feed at its end.</summary>
    public static string Of(VerificationReport report) => JsonSerializer.Serialize(report, Context.VerificationReport) + "\n";

    /// <summary>One finding on one line: for a stream of all of them.</summary>
    public static string Of(LogFinding finding) => JsonSerializer.Serialize(finding, FindingJsonContext.Default.LogFinding);

    /// <summary>Reads a report back. Throws <see cref="JsonException"/>.</summary>
    public static VerificationReport Read(string json) => JsonSerializer.Deserialize(json, Context.VerificationReport)!;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(VerificationReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LogFinding))]
internal sealed partial class FindingJsonContext : JsonSerializerContext;
