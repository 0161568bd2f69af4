using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>Who called, by the claims of his token as a log repeats them: the short names, and the long ones of old.</summary>
internal readonly record struct CallerClaims(string? ObjectId, string? AppId, string? UserName)
{
    private static readonly string[] _objectId = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
    private static readonly string[] _appId = ["appid", "azp", "http://schemas.microsoft.com/identity/claims/appid"];
    private static readonly string[] _userName = ["upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "unique_name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"];

    public static CallerClaims Of(EventMembers? claims) => claims is null
        ? default
        : new CallerClaims(PlatformTexts.Id(First(claims, _objectId)), PlatformTexts.Id(First(claims, _appId)), PlatformTexts.Name(First(claims, _userName)));

    private static string? First(EventMembers claims, string[] names) => names.Select(name => claims.Text(name)).FirstOrDefault(text => text is not null);
}
