using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nhi.Cli.Shapes;

/// <summary>Writes what <c>--json</c> prints; <see cref="CommandShapes"/> documents it out of the same types.</summary>
[JsonSerializable(typeof(KindsShape))]
[JsonSerializable(typeof(RecordVerifiedShape))]
[JsonSerializable(typeof(ProofCheckedShape))]
[JsonSerializable(typeof(ProofShape))]
[JsonSerializable(typeof(PolicyCheckShape))]
[JsonSerializable(typeof(PolicyExplainShape))]
[JsonSerializable(typeof(PlanAnswerShape))]
[JsonSerializable(typeof(StatusShape))]
[JsonSerializable(typeof(ShowShape))]
[JsonSerializable(typeof(InventoryShape))]
[JsonSerializable(typeof(VaultsShape))]
[JsonSerializable(typeof(UsersShape))]
[JsonSerializable(typeof(DebtsShape))]
[JsonSerializable(typeof(FindingsShape))]
[JsonSerializable(typeof(OwnersShape))]
[JsonSerializable(typeof(OwnerWordShape))]
[JsonSerializable(typeof(ResolvedShape))]
[JsonSerializable(typeof(HoldShape))]
[JsonSerializable(typeof(EmergencyShape))]
[JsonSerializable(typeof(RollbackShape))]
[JsonSerializable(typeof(AdoptShape))]
[JsonSerializable(typeof(PausedShape))]
[JsonSerializable(typeof(KeepShape))]
[JsonSerializable(typeof(NeglectShape))]
[JsonSerializable(typeof(FolderShape))]
[JsonSerializable(typeof(IndexedShape))]
[JsonSerializable(typeof(RecordShape))]
[JsonSerializable(typeof(TilesShape))]
[JsonSerializable(typeof(PrepareShape))]
[JsonSerializable(typeof(VerifyShape))]
[JsonSerializable(typeof(TraceShape))]
[JsonSerializable(typeof(AttemptShape))]
[JsonSerializable(typeof(ExportShape))]
[JsonSerializable(typeof(LegalHoldShape))]
[JsonSerializable(typeof(RebuildShape))]
[JsonSerializable(typeof(OnboardShape))]
[JsonSerializable(typeof(DoctorShape))]
[JsonSerializable(typeof(DeploymentShape))]
internal sealed partial class CliJson : JsonSerializerContext
{
    private static readonly CliJson Readable = new(new JsonSerializerOptions
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Indented, names in camel case, members without a value as null.</summary>
    public static string Text(object shape) => JsonSerializer.Serialize(shape, shape.GetType(), Readable);
}
