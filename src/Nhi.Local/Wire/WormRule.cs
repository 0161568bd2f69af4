using Microsoft.AspNetCore.Http;

namespace Nhi.Local.Wire;

internal enum WormVerdict
{
    Allowed,

    /// <summary>Without a condition: a blob that is not there may be made, one that is there may not be replaced.</summary>
    OnlyIfAbsent,

    Refused,
}

/// <summary>
/// What a locked container-level retention policy does to a container whose name begins with <paramref name="prefix"/>: blobs are made once, read and listed,
/// and neither they nor the container are changed or deleted.
/// </summary>
internal sealed class WormRule(string prefix)
{
    public static Answer Refusal() =>
        Answer.StorageError(StatusCodes.Status409Conflict, "BlobImmutableDueToPolicy", "This operation is not permitted as the blob is immutable due to a policy.");

    public WormVerdict Judge(Call call)
    {
        if (HttpMethods.IsGet(call.Method) || HttpMethods.IsHead(call.Method)) return WormVerdict.Allowed;
        if (call.Segments is not [var container, ..] || !container.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return WormVerdict.Allowed;
        // Also a batch or a rename would be one: nothing but the creation of a blob gets through.
        if (!HttpMethods.IsPut(call.Method) || call.Segments.Length < 2) return WormVerdict.Refused;
        return call.Query("comp") switch
        {
            null or "blocklist" => call.Header("If-None-Match") == "*" ? WormVerdict.Allowed : WormVerdict.OnlyIfAbsent,
            "block" => WormVerdict.Allowed,
            _ => WormVerdict.Refused,
        };
    }
}
