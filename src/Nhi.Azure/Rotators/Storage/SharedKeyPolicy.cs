using System.Security.Cryptography;
using System.Text;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>
/// Signs a GET without a body by Shared Key (learn.microsoft.com, "Authorize with Shared Key"). As the last policy of its pipeline: every <c>x-ms-</c> header is signed, those of the pipeline too.
/// </summary>
internal sealed class SharedKeyPolicy : HttpPipelineSynchronousPolicy
{
    private const string Property = "nhi-shared-key";

    /// <summary>The 64 bytes of an account key; null for a text that is none.</summary>
    public static byte[]? KeyBytes(SecretMaterial secret)
    {
        var bytes = new byte[66];
        return secret.Reveal() is { Length: 88 } text && Convert.TryFromBase64String(text, bytes, out var length) && length == 64 ? bytes[..64] : null;
    }

    public static void SignWith(HttpMessage message, string account, byte[] key) => message.SetProperty(Property, (account, key));

    public override void OnSendingRequest(HttpMessage message)
    {
        if (!message.TryGetProperty(Property, out var found) || found is not (string account, byte[] key))
            throw new InvalidOperationException("A request for this pipeline names its account and key.");
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(ToSign(message.Request, account)));
        message.Request.Headers.SetValue(HttpHeader.Names.Authorization, $"SharedKey {account}:{Convert.ToBase64String(signature)}");
    }

    /// <summary>The verb; the eleven standard headers, all empty; the x-ms- headers in order; the resource with its query in order.</summary>
    private static string ToSign(Request request, string account)
    {
        var text = new StringBuilder(request.Method.Method).Append('\n', 12);
        foreach (var header in request.Headers.Where(header => header.Name.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).OrderBy(header => header.Name.ToLowerInvariant(), StringComparer.Ordinal))
            text.Append(header.Name.ToLowerInvariant()).Append(':').Append(header.Value).Append('\n');
        var uri = request.Uri.ToUri();
        text.Append('/').Append(account).Append(uri.AbsolutePath);
        var query = HttpUtility.ParseQueryString(uri.Query);
        foreach (var name in query.AllKeys.OfType<string>().Order(StringComparer.Ordinal))
            text.Append('\n').Append(name).Append(':').Append(query[name]);
        return text.ToString();
    }
}
