using System.Text.Json.Nodes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Tests.Triggers;

public sealed class SecretEventsTests
{
    private static readonly Trigger _expected = new()
    {
        Source = Events.Topic,
        Id = "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
        Type = "Microsoft.KeyVault.SecretNearExpiry",
        Time = new DateTimeOffset(2026, 3, 2, 7, 55, 0, TimeSpan.Zero).AddTicks(1_234_567),
        Credential = CredentialId.Of("kv1.vault.azure.net", "db-password"),
    };

    private static SecretEventReading Parse(JsonNode body) => SecretEvents.Parse(body.ToJsonString(), Events.Now, Events.Vaults);

    private static SecretEventReading With(Action<JsonObject> change)
    {
        var body = Events.EventGrid();
        change(body);
        return Parse(body);
    }

    private static SecretEventReading WithData(Action<JsonObject> change) => With(body => change(body["data"]!.AsObject()));

    [Fact]
    public void Both_schemas_alone_and_in_arrays_say_the_same()
    {
        foreach (var body in new JsonNode[] { Events.EventGrid(), Events.Cloud(), new JsonArray(Events.EventGrid()), new JsonArray(Events.Cloud()) })
        {
            var reading = Parse(body);
            Assert.Equal(_expected, Assert.Single(reading.Accepted));
            Assert.Empty(reading.Rejected);
            Assert.Empty(reading.Doubts);
        }
    }

    [Fact]
    public void An_array_is_read_event_by_event()
    {
        var reading = Parse(new JsonArray(Events.EventGrid(), 3, Events.Cloud(), null));
        Assert.Equal(2, reading.Accepted.Count);
        Assert.Equal([RejectionReason.NotAnEvent, RejectionReason.NotAnEvent], reading.Rejected.Select(rejection => rejection.Reason));
    }

    [Fact]
    public void The_example_of_the_documentation_with_its_stray_spaces_is_read()
    {
        var body = Events.EventGrid();
        var data = body["data"]!.AsObject();
        data.Remove("ObjectName");
        data["ObjectName "] = "db-password";
        data["Id"] = "https://kv1.vault.azure.net/secrets/db-password/ee059b2bb5bc48398a53b168c6cdcb10 ";
        data["Version"] = " ee059b2bb5bc48398a53b168c6cdcb10";
        data["NBF"] = "1559081980";
        data["EXP"] = null;
        Assert.Equal(_expected, Assert.Single(Parse(body).Accepted));
    }

    [Theory]
    [InlineData("1559082102")]
    [InlineData("\"1559082102\"")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("1e999")]
    public void Whatever_EXP_is_it_is_not_believed_anyway(string json) => Assert.Single(WithData(data => data["EXP"] = JsonNode.Parse(json)).Accepted);

    [Fact]
    public void Unknown_members_are_ignored() => Assert.Equal(_expected, Assert.Single(With(body => body["new"] = new JsonObject { ["a"] = 1 }).Accepted));

    [Fact]
    public void Names_ignore_case() =>
        Assert.Equal(_expected.Credential, Assert.Single(With(body =>
        {
            body["subject"] = "DB-Password";
            body["data"]!["Id"] = "https://KV1.vault.azure.net/secrets/Db-PASSWORD/ee059b2bb5bc48398a53b168c6cdcb10";
            body["data"]!["VaultName"] = "Kv1";
        }).Accepted).Credential);

    [Theory]
    [InlineData("Microsoft.KeyVault.SecretNewVersionCreated", true)]
    [InlineData("Microsoft.KeyVault.SecretNearExpiry", true)]
    [InlineData("Microsoft.KeyVault.SecretExpired", true)]
    [InlineData("microsoft.keyvault.secretexpired", false)]
    [InlineData("Microsoft.KeyVault.KeyExpired", false)]
    [InlineData("Microsoft.EventGrid.SubscriptionValidationEvent", false)]
    public void Three_types_are_taken(string type, bool taken)
    {
        var reading = With(body => body["eventType"] = type);
        Assert.Equal(taken ? [] : [RejectionReason.OtherType], reading.Rejected.Select(rejection => rejection.Reason));
        Assert.Equal(taken ? [type] : [], reading.Accepted.Select(trigger => trigger.Type));
    }

    [Theory]
    [InlineData("/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv2", RejectionReason.Contradiction)]
    [InlineData("/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1/secrets/x", RejectionReason.NotFromAVault)]
    [InlineData("/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/kv1", RejectionReason.NotFromAVault)]
    [InlineData("/subscriptions/../vaults/kv1", RejectionReason.NotFromAVault)]
    [InlineData("", RejectionReason.NotFromAVault)]
    public void A_topic_has_to_be_that_vault(string topic, RejectionReason reason) => Assert.Equal(reason, Assert.Single(With(body => body["topic"] = topic).Rejected).Reason);

    [Theory]
    [InlineData("https://kv1.vault.azure.net/secrets/db-password", null)]
    [InlineData("https://kv1.vault.azure.net:443/secrets/db-password/ee059b2b", null)]
    [InlineData("http://kv1.vault.azure.net/secrets/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net:8443/secrets/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://u@kv1.vault.azure.net/secrets/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db-password/ee059b2b?x=1", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db-password/ee059b2b#x", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/../secrets/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db%2dpassword/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db/password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db\\password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/keys/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net/secrets/db-password/ee059b2b\nX", RejectionReason.NotASecret)]
    [InlineData("https://kv1.vault.azure.net.evil.example/secrets/db-password/ee059b2b", RejectionReason.OtherVault)]
    [InlineData("https://kv1/secrets/db-password/ee059b2b", RejectionReason.NotASecret)]
    [InlineData("https://kv2.vault.azure.net/secrets/db-password/ee059b2b", RejectionReason.Contradiction)]
    [InlineData("https://kv1.vault.azure.net/secrets/other/ee059b2b", RejectionReason.Contradiction)]
    public void The_id_names_one_secret_of_a_governed_vault_or_nothing_is_taken(string id, RejectionReason? reason)
    {
        var reading = WithData(data => data["Id"] = id);
        Assert.Equal(reason is null ? 1 : 0, reading.Accepted.Count);
        Assert.Equal(reason, reading.Rejected.SingleOrDefault()?.Reason);
    }

    [Theory]
    [InlineData("VaultName", "kv2")]
    [InlineData("VaultName", null)]
    [InlineData("VaultName", "kv1/")]
    [InlineData("ObjectName", "other")]
    [InlineData("ObjectName", null)]
    [InlineData("ObjectName", "db-password#")]
    public void What_the_data_says_has_to_agree(string member, string? value) => Assert.Equal(RejectionReason.Contradiction, Assert.Single(WithData(data => data[member] = value).Rejected).Reason);

    [Fact]
    public void A_subject_that_names_another_secret_is_a_contradiction() => Assert.Equal(RejectionReason.Contradiction, Assert.Single(With(body => body["subject"] = "other").Rejected).Reason);

    [Theory]
    [InlineData("Certificate")]
    [InlineData("secret")]
    public void Only_secrets_are_taken(string type) => Assert.Equal(RejectionReason.NotASecret, Assert.Single(WithData(data => data["ObjectType"] = type).Rejected).Reason);

    [Fact]
    public void A_vault_that_is_not_governed_is_rejected()
    {
        var reading = With(body =>
        {
            body["topic"] = Events.Topic.Replace("kv1", "kv9", StringComparison.Ordinal);
            body["data"]!["Id"] = "https://kv9.vault.azure.net/secrets/db-password/ee059b2b";
            body["data"]!["VaultName"] = "kv9";
        });
        Assert.Equal(RejectionReason.OtherVault, Assert.Single(reading.Rejected).Reason);
    }

    [Theory]
    [InlineData("2026-02-28T20:00:00Z", true)]
    [InlineData("2026-02-28T19:59:59.9999999Z", false)]
    [InlineData("2026-03-02T08:15:00Z", true)]
    [InlineData("2026-03-02T08:15:00.0000001Z", false)]
    [InlineData("2026-03-02T10:00:00+02:00", true)]
    [InlineData("0001-01-01T00:00:00Z", false)]
    [InlineData("9999-12-31T23:59:59Z", false)]
    [InlineData("2026-02-30T00:00:00Z", false)]
    [InlineData("yesterday", false)]
    [InlineData("02/03/2026 08:00:00", false)]
    [InlineData(null, false)]
    public void A_time_is_believed_only_near_now(string? time, bool believed)
    {
        var reading = With(body => body["eventTime"] = time);
        Assert.Equal(believed, Assert.Single(reading.Accepted).Time is not null);
        Assert.Equal(believed ? [] : [RejectionReason.TimeNotBelieved], reading.Doubts.Select(doubt => doubt.Reason));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("hunter2")]
    [InlineData("../../x")]
    [InlineData("00eccf70-95a7-4e7c-8299-2eb17ee9ad64-00eccf70-95a7-4e7c-8299-2eb17ee9ad64")]
    public void An_id_of_another_shape_is_represented_by_its_length(string id) => Assert.Equal($"[refused, {id.Length} characters]", Assert.Single(With(body => body["id"] = id).Accepted).Id);

    [Theory]
    [InlineData("", RejectionReason.NotJson)]
    [InlineData("null", RejectionReason.NotAnEvent)]
    [InlineData("[]", RejectionReason.NotAnEvent)]
    [InlineData("{}", RejectionReason.NotAnEvent)]
    [InlineData("[[{}]]", RejectionReason.NotAnEvent)]
    [InlineData("{\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":\"1\",\"data\":{},\"specversion\":\"0.3\"}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":\"1\",\"data\":{}}", RejectionReason.OtherType)]
    [InlineData("{\"id\":\"1\",\"id\":\"2\",\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":\"1\",\"data\":{\"Id\":\"1\",\"Id \":\"2\"}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"\\ud800\":1,\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":\"\\ud800\",\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":1,\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("{\"id\":1e999999,\"data\":{}}", RejectionReason.NotAnEvent)]
    [InlineData("\ufeff{\"id\":\"1\",\"data\":{}}", RejectionReason.NotJson)]
    [InlineData("{\"id\":\"1\",\"data\":{}} {}", RejectionReason.NotJson)]
    public void A_body_of_another_form_is_rejected(string body, RejectionReason reason)
    {
        var reading = SecretEvents.Parse(body, Events.Now, Events.Vaults);
        Assert.Empty(reading.Accepted);
        Assert.Equal(reason, Assert.Single(reading.Rejected).Reason);
    }

    [Fact]
    public void Size_depth_and_count_are_bounded()
    {
        Assert.Equal(RejectionReason.TooLarge, Assert.Single(SecretEvents.Parse(new string(' ', SecretEvents.LongestBody + 1), Events.Now, Events.Vaults).Rejected).Reason);
        Assert.Equal(RejectionReason.TooLarge, Assert.Single(SecretEvents.Parse(null, Events.Now, Events.Vaults).Rejected).Reason);
        Assert.Equal(RejectionReason.NotJson, Assert.Single(With(body => body["deep"] = JsonNode.Parse(new string('[', 16) + new string(']', 16))).Rejected).Reason);
        Assert.Single(With(body => body["deep"] = JsonNode.Parse(new string('[', 15) + new string(']', 15))).Accepted);
        var many = SecretEvents.Parse($"[{string.Join(',', Enumerable.Repeat("1", 101))}]", Events.Now, Events.Vaults);
        Assert.Equal(100, many.Rejected.Count(rejection => rejection.Reason == RejectionReason.NotAnEvent));
        Assert.Equal("body: an array of 101", Assert.Single(many.Rejected[^1].Facts));
    }
}
