using System.ComponentModel;
using System.Reflection;
using System.Text.Json;

namespace Nhi.Cli.Shapes;

/// <summary>What each command prints with <c>--json</c>, and its members as a reader needs them.</summary>
internal static class CommandShapes
{
    /// <summary>Commands as they are typed, with the options that change the shape.</summary>
    public static readonly IReadOnlyList<(string Command, Type Shape)> All =
    [
        ("plan", typeof(PlanAnswerShape)),
        ("status", typeof(StatusShape)),
        ("show", typeof(ShowShape)),
        ("inventory", typeof(InventoryShape)),
        ("vaults", typeof(VaultsShape)),
        ("users", typeof(UsersShape)),
        ("kinds", typeof(KindsShape)),
        ("policy check", typeof(PolicyCheckShape)),
        ("policy explain", typeof(PolicyExplainShape)),
        ("debts", typeof(DebtsShape)),
        ("debts hold", typeof(HoldShape)),
        ("debts release", typeof(HoldShape)),
        ("findings", typeof(FindingsShape)),
        ("findings resolve", typeof(ResolvedShape)),
        ("owners", typeof(OwnersShape)),
        ("owner assign", typeof(OwnerWordShape)),
        ("owner confirm", typeof(OwnerWordShape)),
        ("emergency", typeof(EmergencyShape)),
        ("rollback", typeof(RollbackShape)),
        ("adopt", typeof(AdoptShape)),
        ("pause", typeof(PausedShape)),
        ("resume", typeof(PausedShape)),
        ("keep", typeof(KeepShape)),
        ("quarantine", typeof(NeglectShape)),
        ("restore", typeof(NeglectShape)),
        ("evidence ls", typeof(FolderShape)),
        ("evidence ls --credential", typeof(IndexedShape)),
        ("evidence ls --owner", typeof(IndexedShape)),
        ("evidence ls --session", typeof(IndexedShape)),
        ("evidence ls --action", typeof(IndexedShape)),
        ("evidence show", typeof(RecordShape)),
        ("evidence export", typeof(ExportShape)),
        ("evidence prove", typeof(ProofShape)),
        ("evidence prepare", typeof(PrepareShape)),
        ("evidence legal-hold", typeof(LegalHoldShape)),
        ("verify", typeof(VerifyShape)),
        ("verify --record", typeof(RecordVerifiedShape)),
        ("verify --record --proof", typeof(ProofCheckedShape)),
        ("verify --index", typeof(VerifyShape)),
        ("trace NAME", typeof(TraceShape)),
        ("trace OP", typeof(AttemptShape)),
        ("rebuild", typeof(RebuildShape)),
        ("rebuild --check", typeof(VerifyShape)),
        ("rebuild --tiles", typeof(TilesShape)),
        ("onboard", typeof(OnboardShape)),
        ("doctor", typeof(DoctorShape)),
        ("doctor --deployment", typeof(DeploymentShape)),
    ];

    /// <summary>The members of a shape from the outside in, as paths: <c>versions[].state</c>.</summary>
    public static IEnumerable<(string Path, string Type, string Meaning)> Members(Type shape, string prefix = "")
    {
        foreach (var property in shape.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var path = prefix + JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var meaning = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{shape.Name}.{property.Name} has no Description.");
            if (property.PropertyType is { IsGenericType: true, GenericTypeArguments: [var item] } && property.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            {
                yield return ($"{path}[]", TypeOf(item, nullable: false), meaning);
                foreach (var inner in Plain(item) is null ? Members(item, $"{path}[].") : [])
                    yield return inner;
            }
            else if (property.PropertyType == typeof(IReadOnlyDictionary<string, long>))
                yield return ($"{path}.{{name}}", "number", meaning);
            else
            {
                yield return (path, TypeOf(property.PropertyType, new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable), meaning);
                foreach (var inner in Plain(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is null ? Members(property.PropertyType, $"{path}.") : [])
                    yield return inner;
            }
        }
    }

    private static string TypeOf(Type type, bool nullable) => (Plain(Nullable.GetUnderlyingType(type) ?? type) ?? "object") + (nullable ? " or null" : "");

    /// <summary>As JSON has it; null for a record.</summary>
    private static string? Plain(Type type) =>
        type == typeof(string) ? "string"
        : type == typeof(bool) ? "boolean"
        : type == typeof(int) || type == typeof(long) || type == typeof(double) ? "number"
        : type == typeof(DateTimeOffset) ? "instant"
        : type == typeof(JsonElement) ? "object"
        : null;
}
