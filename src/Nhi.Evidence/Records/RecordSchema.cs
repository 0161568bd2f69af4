namespace Nhi.Evidence.Records;

/// <summary>The JSON Schema (draft-7) of a record, for tools that are not ours. It lies beside the library as a file too.</summary>
public static class RecordSchema
{
    /// <summary>The file's name.</summary>
    public const string FileName = "evidence-record.schema.json";

    /// <summary>The schema's text.</summary>
    public static string Text()
    {
        using var stream = typeof(RecordSchema).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"The resource {FileName} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
