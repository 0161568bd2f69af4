using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>What an HTTP answer says about a change: did it happen, and is it worth another try.</summary>
internal static class RestRules
{
    /// <summary>409s that no later try will mend.</summary>
    private static readonly string[] _lasting = ["ScopeLocked", "ReadOnlyDisabledSubscription", "DisallowedOperation"];

    /// <summary>The failure of <paramref name="what"/>. <paramref name="change"/>: false for a read, which never "may have happened"; <paramref name="asker"/>: whose rights were missing.</summary>
    public static ExternalCallException Judge(string what, int status, RestError error, bool change, string asker = "rotator")
    {
        var (lost, transient) = status switch
        {
            429 => (false, true),
            // A gateway says 502 to 504 also when what stands behind it went on working, and 503 is no exception: only 429 is a promise.
            408 or >= 500 => (change, true),
            // Graph: Directory_ConcurrencyViolation; ARM: another operation on the same thing. Refused before any effect.
            409 => (false, !_lasting.Contains(error.Code, StringComparer.OrdinalIgnoreCase)),
            412 or 423 => (false, true),
            _ => (false, false),
        };
        var says = error.Says.Length > 0 ? $" {error.Says}" : "";
        var message = $"{what}: HTTP {status}{(error.Code is null ? "" : $" {error.Code}")}.{says}{Remedy(status, error.Code, asker)}";
        return new ExternalCallException(message, lost, transient, error.Code ?? status.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Remedy(int status, string? code, string asker) => (status, code) switch
    {
        (_, { } name) when name.EndsWith("AsPerAppPolicy", StringComparison.OrdinalIgnoreCase) =>
            " The tenant's app management policy forbids it: ask for an exception, or shorten the lifetime in the policy of this product.",
        (_, "ScopeLocked") => " A resource lock forbids it: remove the lock, or move the secret out of this product's policy.",
        (401 or 403, _) when asker == "watcher" => " Grant the watcher's identity Reader on it (Microsoft Graph: Application.Read.All), or leave it: sweeps then say that they did not look.",
        (401 or 403, _) when asker == "curtailer" => " Give the curtailer's identity the right to read and delete role assignments there (infra: curtails), or take it away by hand.",
        (401 or 403, _) => " Grant the rotator's identity the rights that 'nhi kinds' lists.",
        (404, "SubscriptionNotFound") => " The asker's tenant shows no such subscription: it moved, or ended. Correct the tag that names it; what is in it is not taken for gone.",
        (404, _) => " Check the tag nhi-resource, and that the resource still exists.",
        _ => "",
    };
}
