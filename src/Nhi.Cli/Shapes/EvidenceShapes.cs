using System.ComponentModel;
using System.Text.Json;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi evidence ls</c> of a day or an hour.</summary>
internal sealed record FolderShape(
    [property: Description("What the names begin with.")] string Folder,
    [property: Description("In both accounts, by log and name.")] IReadOnlyList<BlobShape> Records);

internal sealed record BlobShape(
    [property: Description("`account/container`.")] string Log,
    [property: Description("The record's name.")] string Path,
    [property: Description("Its size.")] long Bytes,
    [property: Description("When the store made it.")] DateTimeOffset Created);

/// <summary><c>nhi evidence ls</c> of a credential, an owner, a session or an action.</summary>
internal sealed record IndexedShape(
    [property: Description("What was asked for: the id of a credential, an owner, a session, an action.")] string Of,
    [property: Description("Newest first, as the index has them.")] IReadOnlyList<IndexedRecordShape> Records);

internal sealed record IndexedRecordShape(
    [property: Description("The record's name.")] string Path,
    [property: Description("Of its bytes, lower-case hex.")] string Sha256,
    [property: Description("Its number in its log.")] long Index,
    [property: Description("E.g. `credential.rotate`.")] string Action,
    [property: Description("E.g. `1-intent`, `2-ok`.")] string Stage,
    [property: Description("When the attempt began.")] DateTimeOffset Time,
    [property: Description("What it says, in a sentence.")] string Summary);

/// <summary><c>nhi evidence show</c>.</summary>
internal sealed record RecordShape(
    [property: Description("`account/container`.")] string Log,
    [property: Description("The record's name.")] string Path,
    [property: Description("Of its bytes, lower-case hex.")] string Sha256,
    [property: Description("Signed by a producer that the key `producers` certified, for this name.")] bool Authentic,
    [property: Description("As it is stored: `evidence-record.schema.json`.")] JsonElement Record);
