using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators.Entra;

/// <summary>Tries a client secret where its application would: it asks for a token, and throws the token away.</summary>
internal sealed class EntraLogin(AzureRest rest, CloudHosts hosts, EntraOptions options)
{
    private const int InvalidSecret = 7000215;
    private const int ExpiredSecret = 7000222;

    private readonly HttpPipeline _pipeline = rest.Anonymous();

    /// <summary>Null when the tenant is set, else what to do.</summary>
    public string? Missing => string.IsNullOrWhiteSpace(options.TenantId) ? "The tenant is not set: set Nhi__Entra__TenantId" : null;

    public async Task<Verdict> TryAsync(string applicationId, SecretMaterial secret, CancellationToken ct)
    {
        if (Missing is { } missing)
            return new Verdict(Verification.Unknown, missing);
        ct.ThrowIfCancellationRequested();
        try
        {
            using var request = Request(applicationId, secret);
            var answer = await _pipeline.SendRequestAsync(request, ct);
            return Judge(answer);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is RequestFailedException or AggregateException or OperationCanceledException or IOException)
        {
            return new Verdict(Verification.Unknown, $"{hosts.Login} gave no answer ({NoAnswer.Name(failure)})");
        }
    }

    private Request Request(string applicationId, SecretMaterial secret)
    {
        var request = _pipeline.CreateRequest();
        request.Method = RequestMethod.Post;
        request.Uri.Reset(new Uri($"https://{hosts.Login}/{Uri.EscapeDataString(options.TenantId!)}/oauth2/v2.0/token"));
        request.Headers.Add(HttpHeader.Names.Accept, "application/json");
        request.Headers.Add(HttpHeader.Names.ContentType, "application/x-www-form-urlencoded");
        request.Content = RequestContent.Create(
            $"grant_type=client_credentials&client_id={applicationId}&client_secret={Uri.EscapeDataString(secret.Reveal())}&scope={Uri.EscapeDataString($"https://{hosts.Graph}/.default")}");
        return request;
    }

    private Verdict Judge(Response answer)
    {
        if (answer.Status == 200)
            return Verdict.Accepted;
        var codes = Codes(answer);
        if (codes.Contains(InvalidSecret))
            return new Verdict(Verification.Refused, $"AADSTS{InvalidSecret}: it is no secret of this application");
        if (codes.Contains(ExpiredSecret))
            return new Verdict(Verification.Refused, $"AADSTS{ExpiredSecret}: the secret has expired");
        return new Verdict(Verification.Unknown, codes is [var code, ..] ? $"{hosts.Login} answered AADSTS{code}, which says nothing about the secret" : $"{hosts.Login} answered HTTP {answer.Status}");
    }

    private static IReadOnlyList<int> Codes(Response answer)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Content.ToMemory().Span, EntraJson.Default.TokenRefusal)?.ErrorCodes ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
