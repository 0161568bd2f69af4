using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>How far the inventory of one vault has come: kept in a cursor after each page, so that whoever goes on repeats the last page at most. Instants UTC, governance time.</summary>
public sealed record VaultProgress
{
    /// <summary>A continuation that is longer is not kept: whoever goes on begins anew.</summary>
    public const int LongestContinuation = 4_000;

    /// <summary>So many secrets that were not finished with are named.</summary>
    public const int MostFailed = 20;

    /// <summary>The run that it belongs to.</summary>
    public long Run { get; init; }

    /// <summary>When this list of the vault was begun.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Where the next page is asked for; null before the first page.</summary>
    public string? Continuation { get; init; }

    /// <summary>True when the list came to its end.</summary>
    public bool Done { get; init; }
    public int Listed { get; init; }

    /// <summary>New or changed, and gone.</summary>
    public int Changed { get; init; }
    public int Gone { get; init; }

    /// <summary>Names of secrets that could not be finished with; the first <see cref="MostFailed"/>.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <summary>The names that were listed so far, as <see cref="SeenNames"/> writes them.</summary>
    public string? Seen { get; init; }

    /// <summary>True where the list was interrupted and is too long to remember its beginning: what is gone was not looked for.</summary>
    public bool GoneUnseen { get; init; }

    /// <summary>Why it stopped, or did not see all; null where it did.</summary>
    public string? Why { get; init; }

    /// <summary>The last complete list, and how many secrets it had.</summary>
    public DateTimeOffset? Complete { get; init; }
    public int Secrets { get; init; }

    /// <summary>True when the last look at this vault saw all of it.</summary>
    [JsonIgnore]
    public bool IsWhole => Done && Failed.Count == 0 && !GoneUnseen;

    internal VaultProgress Anew(long run, DateTimeOffset now) => new() { Run = run, Started = now, Complete = Complete, Secrets = Secrets };

    internal string ToText() => JsonSerializer.Serialize(this, ProgressJson.Default.VaultProgress);

    /// <summary>Null for a text that is none: the vault is begun anew.</summary>
    internal static VaultProgress? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProgressJson.Default.VaultProgress);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The run over all vaults that was begun last. <paramref name="Number"/>: counts up; <paramref name="Finished"/>: false while vaults may be missing.</summary>
internal sealed record InventoryRun(long Number, DateTimeOffset Started, bool Finished)
{
    public string ToText() => JsonSerializer.Serialize(this, ProgressJson.Default.InventoryRun);

    public static InventoryRun? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProgressJson.Default.InventoryRun);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(VaultProgress))]
[JsonSerializable(typeof(InventoryRun))]
internal sealed partial class ProgressJson : JsonSerializerContext;
