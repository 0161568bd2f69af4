using System.Globalization;
using System.Text;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>The little that a sweep needs of a row to tell whether its secret is as it was. <paramref name="Stamp"/>: null where it wants another look in any case.</summary>
public sealed record SweptStamp(CredentialId Id, string? Stamp, bool Gone)
{
    /// <summary>26 characters over all that a list shows of a secret, and what tags and settings make of it.</summary>
    public static string Of(CredentialVersion newest, string environment, string? kind, ResourceId? resource)
    {
        var text = new StringBuilder();
        Add(text, "1", environment, kind ?? "", resource?.Value ?? "", At(newest.Created), At(newest.Updated), At(newest.Expires), At(newest.NotBefore), newest.Enabled ? "1" : "0", newest.Managed ? "1" : "0", newest.ContentType ?? "");
        foreach (var (name, value) in newest.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
            Add(text, name, value);
        return CrockfordBase32.OfSha256(text.ToString());
    }

    /// <summary>The stamp of a secret with older versions, good for one day: the days of secrets begin at different hours, so that not all are looked at again in one.</summary>
    public static string OfDay(string stamp, CredentialId id, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{stamp}@{(now + (TimeSpan.FromDays(1) * RotationId.Spread(id.ToString()))).UtcDateTime:yyyyMMdd}");

    /// <summary>Each with its length, so that no two lists of texts are one text.</summary>
    private static void Add(StringBuilder text, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
    }

    private static string At(DateTimeOffset? instant) => instant?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) ?? "";
}
