using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>Tries an account key at its account: one signed list request.</summary>
internal sealed class StorageLogin(AzureRest rest, CloudHosts hosts, TimeProvider realTime)
{
    private const string Version = "2021-12-02";

    /// <summary>Storage refuses a request whose date is 15 minutes off with the same code as a wrong key.</summary>
    private static readonly TimeSpan _clockSlack = TimeSpan.FromMinutes(10);

    private readonly HttpPipeline _pipeline = rest.Anonymous(new SharedKeyPolicy());

    public async Task<Verdict> TryAsync(string account, SecretMaterial secret, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (SharedKeyPolicy.KeyBytes(secret) is not { } key)
            return new Verdict(Verification.Refused, "it is no account key: 64 bytes in base64");
        var now = realTime.GetUtcNow();
        try
        {
            using var message = _pipeline.CreateMessage();
            message.Request.Method = RequestMethod.Get;
            message.Request.Uri.Reset(new Uri($"https://{account}.{hosts.BlobSuffix}/?comp=list&maxresults=1"));
            message.Request.Headers.Add("x-ms-date", now.UtcDateTime.ToString("R", CultureInfo.InvariantCulture));
            message.Request.Headers.Add("x-ms-version", Version);
            SharedKeyPolicy.SignWith(message, account, key);
            await _pipeline.SendAsync(message, ct);
            return Judge(message.Response, now);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is RequestFailedException or AggregateException or OperationCanceledException or IOException)
        {
            return new Verdict(Verification.Unknown, $"{account}.{hosts.BlobSuffix} gave no answer ({NoAnswer.Name(failure)})");
        }
    }

    private static Verdict Judge(Response answer, DateTimeOffset now)
    {
        if (answer.Status == 200)
            return Verdict.Accepted;
        var code = answer.Headers.TryGetValue("x-ms-error-code", out var given) ? ServiceText.OneLine(given, 80) : null;
        if (answer.Status == 403 && code == "AuthenticationFailed")
            return answer.Headers.Date is { } theirs && (theirs - now).Duration() > _clockSlack
                ? new Verdict(Verification.Unknown, "this machine's clock is more than ten minutes off the account's, so nobody can say")
                : new Verdict(Verification.Refused, "the account refuses a request signed with it");
        return new Verdict(Verification.Unknown, code switch
        {
            "KeyBasedAuthenticationNotPermitted" => "the account permits no keys at all (allowSharedKeyAccess is false): the secret opens nothing and can be retired",
            "AuthorizationFailure" => "the account's firewall lets this product's network not in: permit it",
            _ => $"the account answered HTTP {answer.Status}{(code is null ? "" : $" {code}")}",
        });
    }
}
