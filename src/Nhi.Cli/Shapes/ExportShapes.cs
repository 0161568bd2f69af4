using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi evidence export</c>.</summary>
internal sealed record ExportShape(
    [property: Description("The folder.")] string Folder,
    [property: Description("One for each container.")] IReadOnlyList<ExportedShape> Logs);

internal sealed record ExportedShape(
    [property: Description("`account/container`.")] string Log,
    [property: Description("Where it was written.")] string Folder,
    [property: Description("Blobs that are there now.")] long Blobs,
    [property: Description("Their bytes.")] long Bytes,
    [property: Description("Blobs that were fetched by this run; the others were there.")] long Fetched,
    [property: Description("Blobs that were left out.")] IReadOnlyList<SkippedBlobShape> Skipped);

internal sealed record SkippedBlobShape(
    [property: Description("The blob's name.")] string Path,
    [property: Description("Why it was left out.")] string Why);

/// <summary><c>nhi rebuild --tiles</c>.</summary>
internal sealed record TilesShape([property: Description("Leaves of each log, by `account/container`.")] IReadOnlyDictionary<string, long> Leaves);

/// <summary><c>nhi evidence prepare</c>.</summary>
internal sealed record PrepareShape([property: Description("The containers, oldest year first.")] IReadOnlyList<PreparedShape> Containers);

internal sealed record PreparedShape(
    [property: Description("`account/container`.")] string Log,
    [property: Description("Blobs that were written now.")] IReadOnlyList<string> Created,
    [property: Description("Blobs that were there as they should be.")] IReadOnlyList<string> There,
    [property: Description("Names that hold something else, which stays.")] IReadOnlyList<string> Others);

/// <summary><c>nhi evidence legal-hold</c>.</summary>
internal sealed record LegalHoldShape(
    [property: Description("What the hold would cover, one for each container.")] IReadOnlyList<HeldContainerShape> Containers);

internal sealed record HeldContainerShape(
    [property: Description("`account/container`: a hold covers all of it.")] string Log,
    [property: Description("Records in the range.")] long Records,
    [property: Description("Records in the container, all of which would be held.")] long All,
    [property: Description("The first of them in the range.")] string First,
    [property: Description("The last of them in the range.")] string Last,
    [property: Description("The command that sets the hold; a person with the right has to give it.")] string Command);
