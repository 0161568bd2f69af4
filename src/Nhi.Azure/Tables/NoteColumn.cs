using System.Text.Json.Serialization;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Tables;

/// <summary>What the engine keeps of a secret, in a column.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SecretNote))]
internal sealed partial class NoteColumn : JsonSerializerContext;
