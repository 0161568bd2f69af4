using System.Text.Json.Serialization;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tables;

/// <summary>The candidates of an answer in a column; what is derived of them is left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(IReadOnlyList<OwnerCandidate>))]
internal sealed partial class OwnersColumn : JsonSerializerContext;
