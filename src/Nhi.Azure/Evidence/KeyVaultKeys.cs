using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Evidence.Signing;

namespace Nhi.Azure.Evidence;

/// <summary>The few requests about keys that the product makes, by REST on Azure.Core's pipeline.</summary>
internal sealed class KeyVaultKeys
{
    private const string ApiVersion = "7.4";
    private readonly Uri _key;
    private readonly HttpPipeline _pipeline;

    internal KeyVaultKeys(Uri key, TokenCredential credential, AzureCloud cloud, ClientEquipment equipment)
    {
        _key = key;
        // A signature that is asked for twice does no harm.
        _pipeline = HttpPipelineBuilder.Build(equipment.Equip(new Options(), "key", resend: true), new BearerTokenAuthenticationPolicy(credential, cloud.VaultScope));
    }

    /// <summary>Sends one request to the vault of the key, whatever a key id says. Throws <see cref="SigningException"/>.</summary>
    internal async Task<T> SendAsync<T>(RequestMethod method, string path, byte[]? body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape, string verb, CancellationToken ct)
    {
        try
        {
            using var request = _pipeline.CreateRequest();
            request.Method = method;
            request.Uri.Reset(new Uri(_key, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}api-version={ApiVersion}"));
            request.Headers.Add(HttpHeader.Names.Accept, "application/json");
            if (body is not null)
            {
                request.Headers.Add(HttpHeader.Names.ContentType, "application/json");
                request.Content = RequestContent.Create(body);
            }

            using var answer = await _pipeline.SendRequestAsync(request, ct);
            if (answer.Status != 200)
                throw new RequestFailedException(answer);
            return JsonSerializer.Deserialize(answer.Content.ToMemory().Span, shape) ?? throw new JsonException("null");
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new SigningException(new ExternalCall($"{verb} the key {_key}", Changes: false).Classify(e).Message);
        }
    }

    private sealed class Options : ClientOptions;
}

internal sealed record SignRequest(string Alg, string Value);

internal sealed record SignAnswer(string? Value);

internal sealed record KeyAnswer(JsonWebKey? Key);

internal sealed record JsonWebKey(string? Kid, string? Kty, string? Crv, string? X, string? Y);

internal sealed record KeyPage(IReadOnlyList<KeyItem>? Value, string? NextLink);

internal sealed record KeyItem(string? Kid, KeyTimes? Attributes);

/// <summary>Instants in seconds since 1970.</summary>
internal sealed record KeyTimes(long Created, long? Updated, long? Exp, bool? Enabled);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SignRequest))]
[JsonSerializable(typeof(SignAnswer))]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(KeyPage))]
internal sealed partial class KeyJson : JsonSerializerContext;
