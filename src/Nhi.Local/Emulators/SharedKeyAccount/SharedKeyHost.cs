using System.Security.Cryptography;
using System.Text;
using Nhi.Local.Emulators.Arm;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.SharedKeyAccount;

/// <summary>
/// The data plane of the governed storage accounts: lists containers (there are none) for whoever signs with one of the two keys in force. Azurite can't regenerate keys.
/// </summary>
internal sealed class SharedKeyHost(StorageAccount account) : IWireHost
{
    public string Service => $"account:{account.Name}";

    public Answer Error(int status, string code, string message) => Answer.StorageError(status, code, message);

    public ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation) => new(Reply(call));

    private Answer Reply(Call call)
    {
        if (!IsSigned(call))
            return Error(403, "AuthenticationFailed", "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.");
        if (call.Method != "GET" || call.Segments.Length != 0 || call.Query("comp") != "list")
            return Error(400, "UnsupportedOperation", "The local account only lists its containers.");
        return Answer.Xml(200, $"<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://{call.Host}/\"><Containers /><NextMarker /></EnumerationResults>")
            .With("x-ms-version", call.Header("x-ms-version") ?? "2021-12-02");
    }

    private bool IsSigned(Call call)
    {
        var expected = $"SharedKey {account.Name}:";
        if (call.Header("Authorization") is not { } header || !header.StartsWith(expected, StringComparison.Ordinal)) return false;
        var given = Encoding.ASCII.GetBytes(header[expected.Length..]);
        var text = Encoding.UTF8.GetBytes(StringToSign(call));
        return account.Keys.Any(key => CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key.Value), text))), given));
    }

    /// <summary>Of the blob service, version 2015-02-21 and later.</summary>
    private string StringToSign(Call call)
    {
        var length = call.Header("Content-Length") is { } said and not "0" ? said : "";
        var date = call.Header("x-ms-date") is null ? call.Header("Date") : "";
        string?[] standard =
        [
            call.Method, call.Header("Content-Encoding"), call.Header("Content-Language"), length, call.Header("Content-MD5"), call.Header("Content-Type"),
            date, call.Header("If-Modified-Since"), call.Header("If-Match"), call.Header("If-None-Match"), call.Header("If-Unmodified-Since"), call.Header("Range"),
        ];
        var text = new StringBuilder().AppendJoin('\n', standard).Append('\n');
        foreach (var (name, value) in call.Request.Headers
            .Select(pair => (Name: pair.Key.ToLowerInvariant(), Value: pair.Value.ToString().Trim()))
            .Where(pair => pair.Name.StartsWith("x-ms-", StringComparison.Ordinal)).OrderBy(pair => pair.Name, StringComparer.Ordinal))
            text.Append(name).Append(':').Append(value).Append('\n');
        text.Append('/').Append(account.Name).Append(call.RawTarget.Split('?')[0]);
        foreach (var (name, value) in call.Request.Query
            .Select(pair => (Name: pair.Key.ToLowerInvariant(), Value: string.Join(',', pair.Value.Order(StringComparer.Ordinal)))).OrderBy(pair => pair.Name, StringComparer.Ordinal))
            text.Append('\n').Append(name).Append(':').Append(value);
        return text.ToString();
    }
}
