using System.Text;
using System.Text.Json.Nodes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps.Use;

public sealed class AuditEventsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset At = new(2026, 3, 2, 8, 30, 1, TimeSpan.Zero);

    private static AuditReading Read(JsonNode line) => AuditEvents.Parse(AuditLines.Bytes(line), Now);

    private static AuditEvent One(JsonNode line) => Assert.Single(Read(line).Events);

    [Fact]
    public void A_line_of_the_archive_says_who_read_which_version_from_where()
    {
        var read = One(AuditLines.Line(At, upn: "ann@contoso.com"));

        Assert.Equal((At, "kv1", AuditLines.Subscription, "SecretGet", AuditResult.Done), (read.Time, read.Vault, read.Subscription, read.Operation, read.Result));
        Assert.Equal((CredentialId.Of(AuditLines.Host, "app"), AuditLines.V1), (read.Credential!.Value, read.Version));
        Assert.Equal((AuditLines.Reader, AuditLines.ReaderApp, "ann@contoso.com", "20.1.2.3"), (read.ObjectId, read.AppId, read.UserName, read.Ip));
        Assert.Equal(AuditLines.Reader, read.Principal);
        Assert.NotNull(read.Correlation);
    }

    [Fact]
    public void An_event_hub_delivers_an_array_and_each_of_it_is_read()
    {
        var reading = Read(new JsonObject { ["records"] = new JsonArray(AuditLines.Line(At), AuditLines.Line(At.AddSeconds(1), "SecretList", name: null), 7) });

        Assert.Equal(["SecretGet", "SecretList"], reading.Events.Select(one => one.Operation));
        Assert.Null(reading.Events[1].Credential);
        Assert.Equal([AuditRejection.NotAnEvent], reading.Rejected);
    }

    [Fact]
    public void The_long_claims_of_old_are_read_as_the_short_ones()
    {
        var line = AuditLines.Line(At);
        line["identity"] = new JsonObject
        {
            ["claim"] = new JsonObject
            {
                ["http://schemas.microsoft.com/identity/claims/objectidentifier"] = AuditLines.Reader.ToUpperInvariant(),
                ["appid"] = AuditLines.ReaderApp,
                ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] = "bob@contoso.com",
            },
        };

        Assert.Equal((AuditLines.Reader, AuditLines.ReaderApp, "bob@contoso.com"), (One(line).ObjectId, One(line).AppId, One(line).UserName));
    }

    [Fact]
    public void The_version_comes_from_the_id_for_the_request_lacks_it()
    {
        var line = AuditLines.Line(At);
        Assert.Equal(AuditLines.V1, One(line).Version);
        ((JsonObject)line["properties"]!).Remove("id");

        Assert.Equal((CredentialId.Of(AuditLines.Host, "app"), null), (One(line).Credential!.Value, One(line).Version));
    }

    [Theory]
    [InlineData("SecretPurge", "deletedsecrets/app", "app", ChangeKind.Removed)]
    [InlineData("SecretRecover", "deletedsecrets/app/recover", "app", ChangeKind.Removed)]
    [InlineData("SecretRecover", "deletedsecrets/app", "app", ChangeKind.Removed)]
    [InlineData("SecretDelete", "secrets/app", "app", ChangeKind.Removed)]
    [InlineData("SecretBackup", "secrets/app/backup", "app", ChangeKind.CopiedOut)]
    [InlineData("SecretRestore", "secrets/restore", null, ChangeKind.Removed)]
    [InlineData("SecretRestore", "secrets/app", "app", ChangeKind.Removed)]
    [InlineData("SecretUpdate", "secrets/app/11111111111111111111111111111111", "app", ChangeKind.Altered)]
    [InlineData("SecretSet", "secrets/restore", "restore", ChangeKind.Published)]
    [InlineData("SecretSet", "secrets/app/versions/1", null, ChangeKind.Published)]
    [InlineData("SecretPurge", "storage/app", null, ChangeKind.Removed)]
    public void S3_whatever_changes_a_secret_is_a_change_of_it_or_where_it_does_not_say_of_which_of_its_vault(string operation, string path, string? name, ChangeKind kind)
    {
        // As real vaults write them: the object under its own type, and in what was asked for, with what was done behind it.
        foreach (var member in (string[])["id", "requestUri"])
        {
            var line = AuditLines.Line(At, operation, version: null);
            var properties = (JsonObject)line["properties"]!;
            properties.Remove("id");
            properties[member] = $"https://{AuditLines.Host}/{path}{(member == "id" ? "" : "?api-version=7.4")}";
            var change = VaultChanges.Of(One(line), AuditLines.Host)!;
            Assert.Equal((kind, name is null ? AuditLines.Host : CredentialId.Of(AuditLines.Host, name).ToString(), name), (change.Kind, change.Subject, change.Credential?.Name));
        }
    }

    [Theory]
    [InlineData(200, "", AuditResult.Done)]
    [InlineData(401, "", AuditResult.Denied)]
    [InlineData(403, "Caller is not authorized to perform action on resource.", AuditResult.Denied)]
    [InlineData(403, "Operation get is not allowed on a disabled secret.", AuditResult.Disabled)]
    [InlineData(403, "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: appid=x", AuditResult.Denied)]
    [InlineData(403, "Caller is not authorized to perform action on resource '/secrets/is-not-allowed-on-a-disabled-secret'.", AuditResult.Denied)]
    [InlineData(404, "A disabled secret was not found.", AuditResult.Failed)]
    [InlineData(429, "", AuditResult.Failed)]
    public void What_became_of_a_call_is_told_by_its_status(int status, string description, AuditResult expected) =>
        Assert.Equal(expected, One(AuditLines.Line(At, status: status, description: description)).Result);

    [Fact]
    public void Without_a_status_the_type_of_the_result_counts_and_without_both_nothing_was_done()
    {
        var line = AuditLines.Line(At);
        ((JsonObject)line["properties"]!).Remove("httpStatusCode");
        Assert.Equal(AuditResult.Done, One(line).Result);
        line["resultType"] = "Failure";
        Assert.Equal(AuditResult.Failed, One(line).Result);
    }

    [Fact]
    public void An_object_of_another_vault_than_the_one_whose_log_it_is_says_nothing()
    {
        var line = AuditLines.Line(At);
        line["properties"]!["id"] = $"https://kv2.vault.azure.net/secrets/app/{AuditLines.V1}";

        var reading = Read(line);
        Assert.Empty(reading.Events);
        Assert.Equal([AuditRejection.Contradiction], reading.Rejected);
    }

    [Theory]
    [InlineData("time", "yesterday")]
    [InlineData("time", "2026-03-02T09:16:00Z")] // later than a quarter of an hour from now
    [InlineData("resourceId", "/SUBSCRIPTIONS/x/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV1")]
    [InlineData("resourceId", "/SUBSCRIPTIONS/6E68692D-6C6F-4361-8C73-756273637269/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.STORAGE/STORAGEACCOUNTS/KV1")]
    [InlineData("operationName", "SecretGet\nSecretSet")]
    [InlineData("operationName", "Secret Get")]
    public void A_line_without_a_time_a_vault_or_an_operation_is_no_event(string member, string value)
    {
        var line = AuditLines.Line(At);
        line[member] = value;

        Assert.Equal([AuditRejection.NotAnEvent], Read(line).Rejected);
    }

    [Fact]
    public void Another_category_is_not_read()
    {
        var line = AuditLines.Line(At);
        line["category"] = "AzurePolicyEvaluationDetails";

        Assert.Equal([AuditRejection.OtherCategory], Read(line).Rejected);
    }

    [Theory]
    [InlineData("ann@contoso.com\n{\"op\":\"forged\"}")]
    [InlineData("<b>ann</b>")]
    [InlineData("ann contoso")]
    [InlineData("ann\u202Emoc.osotnoc")]
    [InlineData("[refused, 3 characters]")]
    public void A_name_that_could_pass_for_something_else_is_shown_by_its_length(string name) =>
        Assert.Equal($"[refused, {name.Trim().Length} characters]", One(AuditLines.Line(At, upn: name)).UserName);

    [Fact]
    public void Ids_and_addresses_of_another_shape_are_not_there()
    {
        var read = One(AuditLines.Line(At, oid: "' or 1=1", app: "x", ip: "20.1.2.3; drop", correlation: "{}"));

        Assert.Equal((null, null, null, null, null), (read.ObjectId, read.AppId, read.Principal, read.Ip, read.Correlation));
    }

    [Fact]
    public void A_secret_or_version_of_another_shape_names_no_credential()
    {
        Assert.Null(One(AuditLines.Line(At, name: "a%0Ab")).Credential);
        Assert.Null(One(AuditLines.Line(At, name: new string('a', 128))).Credential);
        Assert.Null(One(AuditLines.Line(At, version: "1111")).Credential);
    }

    [Fact]
    public void A_member_that_stands_there_twice_makes_a_line_unreadable()
    {
        var text = AuditLines.Line(At).ToJsonString();
        var twice = text[..^1] + ",\"operationName\":\"SecretList\"}";

        Assert.Equal([AuditRejection.NotAnEvent], AuditEvents.Parse(Encoding.UTF8.GetBytes(twice), Now).Rejected);
    }

    [Fact]
    public void What_is_too_large_too_deep_or_no_json_is_counted()
    {
        Assert.Equal([AuditRejection.TooLarge], AuditEvents.Parse(new byte[AuditEvents.LongestBody + 1], Now).Rejected);
        Assert.Equal([AuditRejection.NotJson], AuditEvents.Parse(Encoding.UTF8.GetBytes(new string('[', 40)), Now).Rejected);
        Assert.Equal([AuditRejection.NotJson], AuditEvents.Parse("not json"u8.ToArray(), Now).Rejected);
        Assert.Equal([AuditRejection.NotAnEvent], AuditEvents.Parse("[]"u8.ToArray(), Now).Rejected);
    }
}
