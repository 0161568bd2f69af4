using System.Text.Json.Serialization;
using Nhi.Evidence.Records;
using Nhi.Governance.Operations;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Azure.Tables;

/// <summary>What stands as JSON in a column.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VersionColumn))]
[JsonSerializable(typeof(IReadOnlyList<VersionColumn>))]
[JsonSerializable(typeof(IReadOnlyList<ProviderCredential>))]
[JsonSerializable(typeof(IReadOnlyList<TriedVersion>))]
[JsonSerializable(typeof(IdentityRoles))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, BackOff>))]
[JsonSerializable(typeof(IReadOnlyList<SlotFacts>))]
internal sealed partial class TableJson : JsonSerializerContext;
