using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Nhi.Governance.Sweeps.Reality;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>One entry of the Activity Log, one of Entra's directory audits: what is read of them, and what nobody can make of them.</summary>
public sealed class PlatformEntryTests
{
    private const string Subscription = "/subscriptions/6e68692d-6c6f-4361-8c73-756273637269";
    private const string Vault = Subscription + "/resourcegroups/rg-apps/providers/microsoft.keyvault/vaults/kv1";
    private const string Account = Subscription + "/resourcegroups/rg-apps/providers/microsoft.storage/storageaccounts/data";
    private const string Person = "2d0f5a3e-6c1b-4b7e-9a57-0d3b6f1c7a11";
    private const string App = "7c9a1c38-1d83-4f3a-8e55-6a0d0f2a9b22";
    private const string Key1 = "11111111-0000-4000-8000-000000000001", Key2 = "22222222-0000-4000-8000-000000000002";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static JsonObject Entry(string operation, string resourceId, string status = "Succeeded") => new()
    {
        ["caller"] = "ann@contoso.com",
        ["claims"] = new JsonObject
        {
            ["appid"] = App,
            ["http://schemas.microsoft.com/identity/claims/objectidentifier"] = Person,
            ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] = "ann@contoso.com",
        },
        ["correlationId"] = "0f8fad5b-d9cb-469f-a165-70867728950e",
        ["eventTimestamp"] = "2026-03-02T11:00:00.1234567Z",
        ["httpRequest"] = new JsonObject { ["clientIpAddress"] = "20.1.2.3", ["method"] = "POST" },
        ["operationName"] = new JsonObject { ["value"] = operation, ["localizedValue"] = "Something" },
        ["resourceId"] = resourceId,
        ["status"] = new JsonObject { ["value"] = status },
    };

    private static JsonObject Audit(string? before, string? after, string type = "Application", string activity = "Update application – Certificates and secrets management ") => new()
    {
        ["category"] = "ApplicationManagement",
        ["correlationId"] = "0f8fad5b-d9cb-469f-a165-70867728950e",
        ["result"] = "success",
        ["activityDisplayName"] = activity,
        ["activityDateTime"] = "2026-03-02T11:00:00.1234567Z",
        ["initiatedBy"] = new JsonObject { ["user"] = new JsonObject { ["id"] = Person, ["userPrincipalName"] = "ann@contoso.com", ["ipAddress"] = "20.1.2.3" } },
        ["targetResources"] = new JsonArray(new JsonObject
        {
            ["id"] = App,
            ["type"] = type,
            ["modifiedProperties"] = new JsonArray(new JsonObject { ["displayName"] = "KeyDescription", ["oldValue"] = before, ["newValue"] = after }),
        }),
    };

    private static string Keys(params string[] ids) => JsonSerializer.Serialize(ids.Select(id => $"[KeyIdentifier={id},KeyType=Password,KeyUsage=Verify,DisplayName=x]"));

    private static ActivityLogEntry? Read(JsonNode entry, out bool junk)
    {
        using var document = JsonDocument.Parse(entry.ToJsonString());
        return ActivityLogEntry.Of(document.RootElement, Now, out junk);
    }

    private static IReadOnlyList<DirectoryAudit> ReadAudit(JsonNode entry, out bool junk)
    {
        using var document = JsonDocument.Parse(entry.ToJsonString());
        return DirectoryAudit.Of(document.RootElement, Now, out junk);
    }

    [Theory]
    [InlineData("MICROSOFT.STORAGE/STORAGEACCOUNTS/REGENERATEKEY/ACTION", Account, ChangeKind.Minted, Account)]
    [InlineData("microsoft.insights/diagnosticSettings/delete", Vault + "/providers/microsoft.insights/diagnosticSettings/Send to archive", ChangeKind.Diagnostics, Vault)]
    [InlineData("Microsoft.Insights/diagnosticSettings/delete", Account + "/blobServices/default/providers/microsoft.insights/diagnosticSettings/x", ChangeKind.Diagnostics, Account)]
    [InlineData("Microsoft.Insights/diagnosticSettings/delete", Subscription + "/providers/microsoft.insights/diagnosticSettings/x", ChangeKind.Diagnostics, Subscription)]
    [InlineData("Microsoft.EventGrid/eventSubscriptions/delete", Vault + "/providers/Microsoft.EventGrid/eventSubscriptions/nhi", ChangeKind.Subscription, Vault)]
    [InlineData("Microsoft.EventGrid/systemTopics/eventSubscriptions/delete", Subscription + "/resourceGroups/rg-apps/providers/Microsoft.EventGrid/systemTopics/t/eventSubscriptions/nhi", ChangeKind.Subscription, Subscription + "/resourcegroups/rg-apps/providers/microsoft.eventgrid/systemtopics/t")]
    [InlineData("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/delete", Account + "/blobServices/default/containers/evidence-2026/immutabilityPolicies/default", ChangeKind.Immutability, Account)]
    [InlineData("Microsoft.Insights/diagnosticSettings/write", Vault + "/providers/microsoft.insights/diagnosticSettings/x", ChangeKind.Diagnostics, Vault)]
    [InlineData("MICROSOFT.EVENTGRID/EVENTSUBSCRIPTIONS/WRITE", Vault + "/providers/Microsoft.EventGrid/eventSubscriptions/nhi", ChangeKind.Subscription, Vault)]
    [InlineData("Microsoft.EventGrid/systemTopics/eventSubscriptions/write", Subscription + "/resourceGroups/rg-apps/providers/Microsoft.EventGrid/systemTopics/t/eventSubscriptions/nhi", ChangeKind.Subscription, Subscription + "/resourcegroups/rg-apps/providers/microsoft.eventgrid/systemtopics/t")]
    [InlineData("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/write", Account + "/blobServices/default/containers/evidence-2026/immutabilityPolicies/default", ChangeKind.Immutability, Account)]
    [InlineData("Microsoft.Authorization/policyAssignments/delete", Subscription + "/resourceGroups/rg-apps/providers/Microsoft.Authorization/policyAssignments/deny it", ChangeKind.Policy, Subscription + "/resourcegroups/rg-apps")]
    [InlineData("Microsoft.Authorization/locks/delete", Subscription + "/providers/Microsoft.Authorization/locks/Do not delete!", ChangeKind.Lock, Subscription)]
    [InlineData("Microsoft.Authorization/roleAssignments/write", Account + "/providers/Microsoft.Authorization/roleAssignments/11111111-0000-4000-8000-000000000001", ChangeKind.Access, Account)]
    public void An_entry_names_what_it_was_done_to(string operation, string resourceId, ChangeKind kind, string scope)
    {
        var entry = Read(Entry(operation, resourceId), out var junk)!;
        Assert.False(junk);
        Assert.Equal((kind, scope), (entry.Kind, entry.Scope));
        Assert.Equal((Person, App, "ann@contoso.com", "20.1.2.3"), (entry.ObjectId, entry.AppId, entry.UserName, entry.Ip));
        Assert.Equal(Now.AddHours(-1).AddTicks(1_234_567), entry.Time);
    }

    [Theory]
    [InlineData(Vault, Vault)]
    [InlineData(Subscription + "/resourceGroups/rg-apps", Subscription + "/resourcegroups/rg-apps")]
    public void S47_an_exemption_from_a_policy_loosens_a_guard(string exempted, string scope)
    {
        var entry = Read(Entry("Microsoft.Authorization/policyExemptions/write", $"{exempted}/providers/Microsoft.Authorization/policyExemptions/for now"), out var junk)!;
        Assert.Equal((false, ChangeKind.Policy, scope), (junk, entry.Kind, entry.Scope));
    }

    [Fact]
    public void What_failed_or_began_or_is_another_operation_is_no_change()
    {
        foreach (var status in (string[])["Started", "Accepted", "Failed"])
            Assert.Null(Read(Entry("Microsoft.Authorization/locks/delete", Vault, status), out _));
        Assert.Null(Read(Entry("Microsoft.Storage/storageAccounts/listKeys/action", Account), out var junk));
        Assert.False(junk);
    }

    [Theory]
    [InlineData("eventTimestamp", "2099-01-01T00:00:00Z")]
    [InlineData("eventTimestamp", "yesterday")]
    [InlineData("resourceId", "https://elsewhere/")]
    [InlineData("resourceId", "/subscriptions/x/../y")]
    public void What_might_have_mattered_and_cannot_be_read_is_said(string member, string value)
    {
        var entry = Entry("Microsoft.Authorization/locks/delete", Vault);
        entry[member] = value;
        Assert.Null(Read(entry, out var junk));
        Assert.True(junk);
    }

    [Fact]
    public void Names_and_addresses_of_another_shape_do_not_reach_a_finding()
    {
        var entry = Entry("Microsoft.Authorization/locks/delete", Vault);
        entry["claims"] = new JsonObject { ["upn"] = "ann] by nobody\n2026", ["oid"] = "x" };
        entry["caller"] = "not an id";
        entry["httpRequest"]!["clientIpAddress"] = "1.2.3.4 <b>";
        var read = Read(entry, out _)!;
        Assert.Equal((null, "[refused, 19 characters]", null), (read.ObjectId, read.UserName, read.Ip));
    }

    [Fact]
    public void A_directory_audit_names_the_key_ids_that_came_and_went()
    {
        var audit = Assert.Single(ReadAudit(Audit(Keys(Key1), Keys(Key2)), out var junk));
        Assert.False(junk);
        Assert.Equal([Key2], audit.Added);
        Assert.Equal([Key1], audit.Removed);
        Assert.Equal((App, false, Person, "ann@contoso.com", "20.1.2.3"), (audit.Target, audit.OfServicePrincipal, audit.ObjectId, audit.UserName, audit.Ip));
        Assert.Equal([Key1], Assert.Single(ReadAudit(Audit(null, Keys(Key1), "ServicePrincipal", "Add service principal credentials"), out _)).Added);
        Assert.Empty(ReadAudit(Audit("[]", Keys(Key1), activity: "Update application"), out _));
        var failed = Audit("[]", Keys(Key1));
        failed["result"] = "failure";
        Assert.Empty(ReadAudit(failed, out _));
    }

    [Theory]
    [InlineData("[\"[KeyType=Password,DisplayName=[KeyIdentifier=11111111-0000-4000-8000-000000000001,KeyType=]\"]")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[\"\\ud800\"]")]
    [InlineData("[")]
    public void A_list_of_credentials_that_cannot_be_read_hides_nothing(string after)
    {
        var audit = Assert.Single(ReadAudit(Audit("[]", after), out var junk));
        Assert.False(junk);
        Assert.Null(audit.Added);
    }

    [Fact]
    public void A_display_name_that_looks_like_a_key_id_is_none()
    {
        var list = JsonSerializer.Serialize(new[] { $"[KeyIdentifier={Key1},KeyType=Password,KeyUsage=Verify,DisplayName=a],[KeyIdentifier={Key2},KeyType=Password]" });
        Assert.Equal([Key1], Assert.Single(ReadAudit(Audit("[]", list), out _)).Added);
    }

    [Fact]
    public void No_bytes_make_either_of_them_throw() => Gen.OneOf(Gen.Const("null"), Gen.Const("[]"), Gen.Const("\"\\ud800\""), Gen.Const("1"), Gen.Const("{\"a\":1,\"A\":2}"), Gen.Const("{\"\\ud800\":1}"), Gen.Const("[{\"id\":1}]"))
        .Array[1, 4].Sample(values =>
        {
            foreach (var whole in (JsonObject[])[Entry("Microsoft.Authorization/locks/delete", Vault), Audit("[]", Keys(Key1))])
                foreach (var (name, index) in whole.Select(pair => pair.Key).Select((name, index) => (name, index)))
                {
                    var text = whole.ToJsonString().Replace($"\"{name}\":", $"\"{name}\":{values[index % values.Length]},\"x{index}\":", StringComparison.Ordinal);
                    using var document = JsonDocument.Parse(text);
                    ActivityLogEntry.Of(document.RootElement, Now, out _);
                    DirectoryAudit.Of(document.RootElement, Now, out _);
                    using var bare = JsonDocument.Parse(values[0]);
                    Assert.Null(ActivityLogEntry.Of(bare.RootElement, Now, out _));
                    Assert.Empty(DirectoryAudit.Of(bare.RootElement, Now, out _));
                }
        }, iter: 200);
}
