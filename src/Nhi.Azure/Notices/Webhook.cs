using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Azure.Notices;

/// <summary>
/// Hands digests to a webhook: one POST each, over TLS only, signed where a key is set, without redirects, sent once and waited for a bounded time. Neither the body nor the key nor an address that is a secret reaches a log or an exception.
/// </summary>
public sealed class Webhook : IDigestSink
{
    /// <summary>How long a secret that was read is used.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    /// <summary>How long one request may take, real time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebhookSettings _settings;
    private readonly string _vault;
    private readonly VaultClients _clients;
    private readonly TimeProvider _realTime;
    private readonly HttpPipeline _pipeline;
    private readonly Lazy<NoticeTemplate> _template;
    private readonly Dictionary<string, (string Value, DateTimeOffset At)> _secrets = [];

    /// <param name="settings">Which webhook.</param>
    /// <param name="productVault">The host of the vault with its secrets.</param>
    /// <param name="clients">Reads them.</param>
    /// <param name="equipment">Transport and counts.</param>
    /// <param name="realTime">The signature's timestamp: receivers live in real time.</param>
    public Webhook(WebhookSettings settings, string productVault, VaultClients clients, ClientEquipment equipment, TimeProvider realTime)
    {
        (_settings, _vault, _clients, _realTime) = (settings, productVault, clients, realTime);
        var options = equipment.Equip(new WebhookOptions(), "webhook", resend: false);
        options.Retry.NetworkTimeout = Patience;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        _pipeline = HttpPipelineBuilder.Build(options);
        // A file that could not be read is tried again: whoever mends it starts nothing anew.
        _template = new Lazy<NoticeTemplate>(() => NoticeTemplate.Load(settings.Template), LazyThreadSafetyMode.PublicationOnly);
    }

    public string Name => string.Create(CultureInfo.InvariantCulture, $"webhook-{_settings.Number}");

    public TimeSpan Window => _settings.Every;

    public async Task SendAsync(Digest digest, CancellationToken ct)
    {
        var body = Render(digest);
        var address = _settings.Uri ?? AddressOf(await SecretAsync(_settings.UriSecretName!, ct));
        using var request = _pipeline.CreateRequest();
        request.Method = RequestMethod.Post;
        request.Uri.Reset(address);
        request.Headers.Add(HttpHeader.Names.ContentType, "application/json");
        request.Headers.Add("webhook-id", digest.Id);
        var timestamp = _realTime.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (_settings.SecretName is { } key)
            request.Headers.Add("webhook-signature", WebhookSignature.Of(KeyOf(await SecretAsync(key, ct)), digest.Id, timestamp, body));
        request.Content = RequestContent.Create(body);
        await PostAsync(request, ct);
    }

    private async Task PostAsync(Request request, CancellationToken ct)
    {
        Response response;
        try
        {
            response = await _pipeline.SendRequestAsync(request, ct);
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCallException($"The webhook {_settings.Number} gave no answer. It is tried again each minute.", mayHaveHappened: true, transient: true, "NoAnswer");
        }

        using (response)
        {
            // The address answers and the digest is what it does not take; 401, 403 and 404 are about the webhook itself.
            if (response.Status is 400 or 413 or 422)
                throw new DigestRefusedException($"The webhook {_settings.Number} answered {response.Status}: it does not take this digest. See whether the template {_settings.Template} makes what it expects.");
            if (response.Status is < 200 or > 299)
                throw new ExternalCallException(
                    $"The webhook {_settings.Number} answered {response.Status}{(response.Status is >= 300 and < 400 ? ", and redirects are not followed: name its own address" : "")}. It is tried again each minute.",
                    mayHaveHappened: response.Status >= 500, transient: response.Status is 408 or 429 or >= 500, $"HTTP {response.Status}") { RetryAfter = response.Status is 429 or 503 ? RetryAfter(response) : null };
        }
    }

    /// <summary>Seconds or a date.</summary>
    private TimeSpan? RetryAfter(Response response) =>
        !response.Headers.TryGetValue("Retry-After", out var text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > _realTime.GetUtcNow() ? at - _realTime.GetUtcNow()
        : null;

    private byte[] Render(Digest digest)
    {
        try
        {
            return _template.Value.Render(digest);
        }
        catch (InvalidOperationException e)
        {
            throw new ExternalCallException(e.Message, mayHaveHappened: false, transient: false, "NoTemplate");
        }
    }

    private Uri AddressOf(string text) => Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0
        ? uri
        : throw Unusable($"The secret '{_settings.UriSecretName}' in {_vault} is no https address.");

    private byte[] KeyOf(string text) => WebhookSignature.KeyOf(text) ?? throw Unusable($"The secret '{_settings.SecretName}' in {_vault} is not whsec_ and base64 of 24 to 64 bytes.");

    private async Task<string> SecretAsync(string name, CancellationToken ct)
    {
        var now = _realTime.GetUtcNow();
        lock (_secrets)
            if (_secrets.TryGetValue(name, out var known) && known.At + Remembered > now)
                return known.Value;
        try
        {
            var value = (await _clients.Notices(_vault).GetSecretAsync(name, cancellationToken: ct)).Value.Value;
            lock (_secrets)
                _secrets[name] = (value, now);
            return value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw Unusable($"The vault {_vault} holds no secret '{name}'.");
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"read '{name}' in {_vault}", Changes: false).Classify(e);
        }
    }

    private ExternalCallException Unusable(string what) => new($"{what} The webhook {_settings.Number} waits for it.", mayHaveHappened: false, transient: false, "NoWebhookSecret");

    private sealed class WebhookOptions : ClientOptions;
}
