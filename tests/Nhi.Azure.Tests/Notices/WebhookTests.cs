using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Notices;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Tests.Vaults;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Azure.Tests.Notices;

public sealed class WebhookTests : IDisposable
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];
    private static readonly string KeyText = "whsec_" + Convert.ToBase64String(Key);
    private const string SecretAddress = "https://hooks.example.com/T000/B000/s3cr3tp4th?sig=abc";
    private readonly Wire _wire = new();

    public void Dispose() => _wire.Dispose();

    private Webhook Over(bool signed = true, bool secretAddress = false, string key = "") => Over(new WebhookSettings(0, secretAddress ? null : new Uri("https://hooks.example.com/nhi"), secretAddress ? "address" : null, "digest", signed ? "key" : null, TimeSpan.FromHours(1)), key);

    private Webhook Over(WebhookSettings settings, string key = "")
    {
        var vault = new VaultRig(sent => FakeWire.Json(200, VaultRig.Secret(new('1', 32), name: "key", value: sent.Uri.AbsolutePath.Contains("address", StringComparison.Ordinal) ? SecretAddress : key.Length > 0 ? key : KeyText)));
        return new Webhook(settings, "kv-nhi.vault.azure.net", vault.Clients, new ClientEquipment(new CallCounter(), new HttpClientTransport(_wire)), new FakeTimeProvider(FakeWire.Now));
    }

    /// <summary>Written out of the specification, not out of the code: https://www.standardwebhooks.com.</summary>
    private static bool Verifies(byte[] key, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        using var hmac = new HMACSHA256(key);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}."), .. body];
        return headers["webhook-signature"].Split(' ').Any(signature => signature.StartsWith("v1,", StringComparison.Ordinal) && Convert.FromBase64String(signature[3..]).SequenceEqual(hmac.ComputeHash(signed)));
    }

    [Fact]
    public void The_signature_is_the_one_of_the_specifications_own_example()
    {
        var key = WebhookSignature.KeyOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, Encoding.UTF8.GetBytes("""{"test": 2432232314}""")));
    }

    [Fact]
    public async Task A_digest_is_posted_signed_and_the_same_each_time()
    {
        var digest = Digests.Of(2);
        var webhook = Over();
        await webhook.SendAsync(digest, default);
        await webhook.SendAsync(digest, default);

        var (headers, body, uri) = _wire.Requests[0];
        Assert.Equal("https://hooks.example.com/nhi", uri);
        Assert.Equal(digest.Id, headers["webhook-id"]);
        Assert.Equal(FakeWire.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), headers["webhook-timestamp"]);
        Assert.True(Verifies(Key, headers, body));
        Assert.False(Verifies(Key, headers, [.. body, (byte)' ']));
        Assert.Equal(body, _wire.Requests[1].Body);
        Assert.Equal(digest.Id, _wire.Requests[1].Headers["webhook-id"]);
    }

    [Fact]
    public async Task S41_a_template_that_could_not_be_read_is_read_once_it_can_be()
    {
        var file = Path.GetTempFileName();
        try
        {
            var webhook = Over(new WebhookSettings(0, new Uri("https://hooks.example.com/nhi"), null, file, null, TimeSpan.FromHours(1)));
            await using (var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                Assert.Equal("NoTemplate", (await Assert.ThrowsAsync<ExternalCallException>(() => webhook.SendAsync(Digests.Of(1), default))).Code);
            await File.WriteAllTextAsync(file, "{\"id\":\"{{id}}\"}", TestContext.Current.CancellationToken);
            await webhook.SendAsync(Digests.Of(1), default);
            Assert.Single(_wire.Requests);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Who has a right to these secrets alone, and is there while the product only observes.</summary>
    [Fact]
    public async Task Its_secrets_are_read_by_the_watcher()
    {
        var vault = new VaultRig(sent => FakeWire.Json(200, VaultRig.Secret(new('1', 32), name: "key", value: sent.Uri.AbsolutePath.Contains("address", StringComparison.Ordinal) ? SecretAddress : KeyText)));
        var webhook = new Webhook(new WebhookSettings(0, null, "address", "digest", "key", TimeSpan.FromHours(1)), "kv-nhi.vault.azure.net", vault.Clients, new ClientEquipment(new CallCounter(), new HttpClientTransport(_wire)), new FakeTimeProvider(FakeWire.Now));
        await webhook.SendAsync(Digests.Of(1), default);
        Assert.Equal(2, vault.Wire.Requests.Count);
        Assert.All(vault.Wire.Requests, sent => Assert.Equal($"Bearer {VaultRig.WatcherId}", sent.Headers["Authorization"]));
    }

    [Fact]
    public async Task Without_a_key_nothing_claims_to_be_signed()
    {
        await Over(signed: false).SendAsync(Digests.Of(1), default);
        Assert.False(_wire.Requests[0].Headers.ContainsKey("webhook-signature"));
    }

    [Fact]
    public async Task An_address_that_holds_a_key_comes_from_the_vault_and_reaches_no_error()
    {
        await Over(secretAddress: true).SendAsync(Digests.Of(1), default);
        Assert.Equal(SecretAddress, _wire.Requests[0].Uri);
        _wire.Answer = HttpStatusCode.Forbidden;
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over(secretAddress: true).SendAsync(Digests.Of(1), default));
        Assert.DoesNotContain("s3cr3tp4th", error.ToString(), StringComparison.Ordinal);
        _wire.Throws = true;
        error = await Assert.ThrowsAsync<ExternalCallException>(() => Over(secretAddress: true).SendAsync(Digests.Of(1), default));
        Assert.DoesNotContain("s3cr3tp4th", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Found, false, "redirects are not followed")]
    [InlineData(HttpStatusCode.Forbidden, false, "403")]
    [InlineData(HttpStatusCode.NotFound, false, "404")]
    [InlineData(HttpStatusCode.TooManyRequests, true, "429")]
    [InlineData(HttpStatusCode.BadGateway, true, "502")]
    public async Task What_is_no_success_is_an_error_after_one_request(HttpStatusCode status, bool transient, string message)
    {
        _wire.Answer = status;
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over().SendAsync(Digests.Of(1), default));
        Assert.Equal(transient, error.Transient);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Single(_wire.Requests);
    }

    /// <summary>Written in seconds or as a date; what has passed, says nothing, or stands beside another answer is no wish.</summary>
    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, "120", 120)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "30", 30)]
    [InlineData(HttpStatusCode.TooManyRequests, "in 300 s", 300)]
    [InlineData(HttpStatusCode.TooManyRequests, "in -300 s", null)]
    [InlineData(HttpStatusCode.TooManyRequests, "soon", null)]
    [InlineData(HttpStatusCode.TooManyRequests, "-5", null)]
    [InlineData(HttpStatusCode.TooManyRequests, null, null)]
    [InlineData(HttpStatusCode.BadGateway, "120", null)]
    public async Task How_long_a_receiver_asks_to_be_left_alone_is_read(HttpStatusCode status, string? said, int? seconds)
    {
        _wire.Answer = status;
        _wire.RetryAfter = said?.Split(' ') is ["in", var away, "s"] ? FakeWire.Now.AddSeconds(int.Parse(away, System.Globalization.CultureInfo.InvariantCulture)).ToString("R", System.Globalization.CultureInfo.InvariantCulture) : said;
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over().SendAsync(Digests.Of(1), default));
        Assert.Equal(seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, error.RetryAfter);
        Assert.Single(_wire.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public async Task A_digest_that_the_receiver_does_not_take_is_told_apart_from_a_receiver_that_fails(HttpStatusCode status)
    {
        _wire.Answer = status;
        await Assert.ThrowsAsync<DigestRefusedException>(() => Over().SendAsync(Digests.Of(1), default));
        Assert.Single(_wire.Requests);
    }

    [Fact]
    public async Task What_a_template_makes_too_long_is_refused_and_not_sent()
    {
        var template = Path.Combine(AppContext.BaseDirectory, $"long-{Guid.CreateVersion7()}.hbs");
        await File.WriteAllTextAsync(template, $$$"""{"a":"{{{new string('a', 200_000)}}}","b":"{{#each items}}{{summary}}{{summary}}{{summary}}{{/each}}"}""", TestContext.Current.CancellationToken);
        try
        {
            await Assert.ThrowsAsync<DigestRefusedException>(() => Over(new WebhookSettings(0, new Uri("https://hooks.example.com/nhi"), null, template, null, TimeSpan.FromHours(1))).SendAsync(Digests.Of(Digest.MostItems, new string('b', 600)), default));
            Assert.Empty(_wire.Requests);
        }
        finally
        {
            File.Delete(template);
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("whsec_AAAA")]
    public async Task A_key_that_is_none_is_refused_and_not_shown(string key)
    {
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over(key: key).SendAsync(Digests.Of(1), default));
        Assert.Contains("is not whsec_", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key[^4..], error.Message, StringComparison.Ordinal);
        Assert.Empty(_wire.Requests);
    }

    [Fact]
    public void Settings_name_webhooks_in_order_with_what_is_usual()
    {
        var settings = TestSettings.Read(
            ("Webhooks__2__UriSecretName", "teams-address"), ("Webhooks__2__Template", "teams"), ("Webhooks__2__Every", "P1D"), ("Webhooks__0__Uri", "https://hooks.example.com/nhi"), ("Webhooks__0__SecretName", "webhook-key"));
        Assert.Equal(
            [new WebhookSettings(0, new Uri("https://hooks.example.com/nhi"), null, "digest", "webhook-key", TimeSpan.FromHours(1)), new WebhookSettings(2, null, "teams-address", "teams", null, TimeSpan.FromDays(1))],
            settings.Webhooks);
    }

    [Theory]
    [InlineData("Uri", "http://hooks.example.com/nhi", "https")]
    [InlineData("Uri", "https://hooks.example.com/nhi?sig=s3cr3t", "query")]
    [InlineData("Template", "nothing", "built in")]
    [InlineData("Every", "PT1M", "PT5M")]
    [InlineData("SecretName", "whsec_AAAA", "Name a secret")]
    public void Settings_that_cannot_be_are_refused_and_a_secret_is_not_repeated(string member, string value, string message)
    {
        var faults = Assert.Throws<SettingsException>(() => TestSettings.Read(("Webhooks__0__Uri", "https://hooks.example.com/nhi"), ($"Webhooks__0__{member}", value))).Faults.Select(fault => fault.ToString()).ToList();
        var fault = Assert.Single(faults);
        Assert.Contains(message, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_AAAA", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_is_said_once() =>
        Assert.Contains("one of both", Assert.Single(Assert.Throws<SettingsException>(() => TestSettings.Read(("Webhooks__0__Uri", "https://hooks.example.com/nhi"), ("Webhooks__0__UriSecretName", "address"))).Faults).ToString(), StringComparison.Ordinal);

    private sealed class Wire : HttpMessageHandler
    {
        public List<(IReadOnlyDictionary<string, string> Headers, byte[] Body, string Uri)> Requests { get; } = [];
        public HttpStatusCode Answer { get; set; } = HttpStatusCode.NoContent;
        public bool Throws { get; set; }
        public string? RetryAfter { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add((request.Headers.ToDictionary(header => header.Key, header => string.Join(' ', header.Value), StringComparer.OrdinalIgnoreCase), await request.Content!.ReadAsByteArrayAsync(cancellationToken), request.RequestUri!.OriginalString));
            if (Throws)
                throw new HttpRequestException($"could not reach {request.RequestUri}");
            var answer = new HttpResponseMessage(Answer) { Headers = { Location = new Uri("https://elsewhere.example.com/") } };
            if (RetryAfter is { } after)
                answer.Headers.TryAddWithoutValidation("Retry-After", after);
            return answer;
        }
    }
}
