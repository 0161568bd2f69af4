using Azure;
using Azure.Core;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>Tries an account key at its account: one signed list request.</summary>
internal sealed class StorageLogin(AzureRest rest, CloudHosts hosts, TimeProvider realTime)
{
    /// <summary>Storage refuses a request whose date is 15 minutes off with the same code as a wrong key.</summary>
    private static readonly TimeSpan _clockSlack = TimeSpan.FromMinutes(10);

    public async Task<Verdict> TryAsync(string account, SecretMaterial secret, CancellationToken ct)
    {
        var now = realTime.GetUtcNow();
        if (!SharedKey.TryAuthorize(account, secret.Reveal(), SharedKey.Date(now), out var authorization))
            return new Verdict(Verification.Refused, "it is no account key: 64 bytes in base64");
        try
        {
            using var request = Request(account, SharedKey.Date(now), authorization);
            return Judge(await rest.Anonymous.SendRequestAsync(request, ct), now);
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

    private Request Request(string account, string date, string authorization)
    {
        var request = rest.Anonymous.CreateRequest();
        request.Method = RequestMethod.Get;
        request.Uri.Reset(new Uri($"https://{account}.{hosts.BlobSuffix}{SharedKey.PathAndQuery}"));
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", SharedKey.Version);
        request.Headers.Add(HttpHeader.Names.Authorization, authorization);
        return request;
    }

    private static Verdict Judge(Response answer, DateTimeOffset now)
    {
        if (answer.Status == 200)
            return Verdict.Accepted;
        var code = answer.Headers.TryGetValue("x-ms-error-code", out var given) ? RestError.OneLine(given, 80) : null;
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
