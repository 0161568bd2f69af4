using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.PlatformLogs;

/// <summary>
/// One row of an answer: what others chose, until <see cref="Governance.Sweeps.Use.AuditEvents"/> has looked at the line that it becomes.
/// </summary>
internal sealed class WorkspaceRow
{
    private readonly Dictionary<string, JsonElement> _values;

    private WorkspaceRow(Dictionary<string, JsonElement> values) => _values = values;

    /// <summary>Throws <see cref="ExternalCallException"/> for a table of another shape.</summary>
    public static IReadOnlyList<WorkspaceRow> Of(WorkspaceTable table)
    {
        if (table is not { Columns: { } columns, Rows: { } rows } || rows.Any(row => row.Count != columns.Count) || columns.Any(column => column.Name is null) || columns.DistinctBy(column => column.Name, StringComparer.Ordinal).Count() != columns.Count)
            throw new ExternalCallException("The workspace's answer is not in the shape that this product knows.", mayHaveHappened: false, transient: true, code: "UnknownShape");
        return [.. rows.Select(row => new WorkspaceRow(columns.Zip(row).ToDictionary(pair => pair.First.Name!, pair => pair.Second, StringComparer.Ordinal)))];
    }

    /// <summary>UTC; null where there is none.</summary>
    public DateTimeOffset? Instant(string column) =>
        Text(column) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    public long? Count(string column) => _values.GetValueOrDefault(column) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) && number is >= 0 and < int.MaxValue ? number : null;

    /// <summary>The line that the archive would have; without a caller where the row has none, as <c>AzureDiagnostics</c> leaves out what is beyond its 500 columns.</summary>
    public ReadOnlyMemory<byte> ToLine()
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            Write(json, ("time", WorkspaceQuery.Time), ("resourceId", "ResourceId"), ("operationName", "Operation"), ("resultType", "Result"), ("resultDescription", "Description"), ("callerIpAddress", "Ip"), ("correlationId", "Correlation"));
            json.WriteStartObject("identity");
            json.WriteStartObject("claim");
            Write(json, ("oid", "Oid"), ("appid", "App"), ("upn", "User"));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("properties");
            Write(json, ("id", "Id"), ("requestUri", "Uri"));
            if (Count("Status") is { } status)
                json.WriteNumber("httpStatusCode", status);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private void Write(Utf8JsonWriter json, params ReadOnlySpan<(string Member, string Column)> members)
    {
        foreach (var (member, column) in members)
            if (Text(column) is { } text)
                json.WriteString(member, text);
    }

    /// <summary>A workspace has no difference between a text that is not there and an empty one.</summary>
    private string? Text(string column)
    {
        if (_values.GetValueOrDefault(column) is not { ValueKind: JsonValueKind.String } value)
            return null;
        try
        {
            return value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate has no text.
            return null;
        }
    }
}

/// <summary>The answer to a query. <paramref name="Error"/>: also beside rows, where they are not all.</summary>
internal sealed record WorkspaceAnswer(IReadOnlyList<WorkspaceTable>? Tables, JsonElement? Error);

internal sealed record WorkspaceTable(IReadOnlyList<WorkspaceColumn>? Columns, IReadOnlyList<IReadOnlyList<JsonElement>>? Rows);

internal sealed record WorkspaceColumn(string? Name);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 32)]
[JsonSerializable(typeof(WorkspaceQuestion))]
[JsonSerializable(typeof(WorkspaceAnswer))]
internal sealed partial class WorkspaceJson : JsonSerializerContext;
