using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace Nhi.Evidence.Records;

/// <summary>The members of an object of a record in the order in which they are written: taken from the types themselves, so that a record has one schema and no second one beside it.</summary>
internal sealed class RecordShape
{
    /// <summary>Members that stand for more than their own few facts: seals, coverage, other logs, a key that ended. They are read whole.</summary>
    private static readonly HashSet<string> Whole = ["coverage", "seal", "shard", "endedKey"];

    private RecordShape(JsonTypeInfo type, string path, int depth) =>
        Members = [.. type.Properties.Where(property => property.Get is not null).Select(property => MemberOf(property, path + property.Name, depth))];

    /// <summary>Of a whole record.</summary>
    internal static RecordShape Record { get; } = new(TypeOf(typeof(EvidenceRecord)), "", 1);

    internal Member[] Members { get; }

    internal enum Kind
    {
        /// <summary>Nothing that is walked over.</summary>
        Whole,
        Text,
        Integer,
        True,
        Instant,
        Stage,
        Texts,
        Object,
        Objects,
    }

    /// <summary>
    /// One member. <paramref name="Lead"/>: the line up to its value, with the line feed before it. <paramref name="Most"/>: characters of a text, of each text of a list, objects of a list, or the greatest integer.
    /// <paramref name="Shape"/>: of an object. <paramref name="Fact"/>: where its place is noted, -1 where nobody asks.
    /// </summary>
    internal sealed record Member(byte[] Lead, Kind Kind, long Most, bool IsRequired, RecordShape? Shape, int Fact);

    private static Member MemberOf(JsonPropertyInfo property, string path, int depth)
    {
        var (kind, most) = KindOf(property);
        var item = kind switch
        {
            Kind.Object => property.PropertyType,
            Kind.Objects => property.PropertyType.GetGenericArguments()[0],
            _ => null,
        };
        // What lies deeper is refused, and so is a list of lists of it.
        var below = depth + (kind == Kind.Objects ? 2 : 1);
        if (kind is Kind.Object or Kind.Objects or Kind.Texts && below > RecordLimits.Depth || Whole.Contains(path))
            (kind, item) = (Kind.Whole, null);
        return new Member(Encoding.UTF8.GetBytes($"\n{new string(' ', depth * 2)}\"{property.Name}\": "), kind, most, property.IsRequired, item is null ? null : new RecordShape(TypeOf(item), path + ".", below), Array.IndexOf(RecordWalk.Facts, path));
    }

    private static (Kind Kind, long Most) KindOf(JsonPropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type switch
        {
            _ when type == typeof(string) => (Kind.Text, property.CustomConverter is IdentityConverter ? RecordLimits.Identity : RecordLimits.Text),
            _ when type == typeof(int) => (Kind.Integer, int.MaxValue),
            _ when type == typeof(long) => (Kind.Integer, RecordLimits.Integer),
            _ when type == typeof(bool) => (Kind.True, 0),
            _ when type == typeof(DateTimeOffset) => (Kind.Instant, 0),
            _ when type == typeof(RecordStage) => (Kind.Stage, 0),
            _ when type == typeof(IReadOnlyList<string>) => (Kind.Texts, RecordLimits.Text),
            _ when type == typeof(IReadOnlyList<SlotFacts>) => (Kind.Objects, RecordLimits.Slots),
            _ when type.IsGenericType => (Kind.Whole, 0),
            _ => (Kind.Object, 0),
        };
    }

    private static JsonTypeInfo TypeOf(Type type) => RecordJson.ByCut[0].GetTypeInfo(type);
}
