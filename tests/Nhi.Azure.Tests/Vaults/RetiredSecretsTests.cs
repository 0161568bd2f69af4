using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tests.Vaults;

/// <summary>Deletion by the one identity that may, sent once, recoverable.</summary>
public sealed class RetiredSecretsTests
{
    private const string CleanupId = "44444444-4444-4444-4444-444444444444";
    private static readonly CredentialId _id = CredentialId.Of("kv1.vault.azure.net", "payroll");

    private static (RetiredSecrets Retired, FakeWire Wire) Over(Func<FakeWire.Sent, HttpResponseMessage> answer, string? cleanup = CleanupId)
    {
        var wire = new FakeWire(answer);
        (string, string?)[] named = [("Identities__Watcher", VaultRig.WatcherId), ("Identities__Writer", VaultRig.WatcherId), ("Identities__Sequencer", VaultRig.WatcherId), ("Identities__Rotators__prod", VaultRig.RotatorId)];
        var settings = TestSettings.Read(cleanup is null ? named : [.. named, ("Identities__Cleanup", cleanup)]);
        return (new RetiredSecrets(new VaultClients(new AzureIdentities(settings, _ => null, id => new FakeToken(id ?? "none")), new ClientEquipment(new CallCounter(), wire.Transport)), settings), wire);
    }

    [Fact]
    public async Task It_deletes_the_secret_once_as_cleanup_and_purges_nothing()
    {
        var (retired, wire) = Over(_ => FakeWire.Json(200, """{"recoveryId":"https://kv1.vault.azure.net/deletedsecrets/payroll","deletedDate":1764028800,"scheduledPurgeDate":1771804800,"id":"https://kv1.vault.azure.net/secrets/payroll/11111111111111111111111111111111","attributes":{"enabled":false}}"""));
        Assert.True(retired.MayDelete);
        await retired.DeleteAsync(_id, default);
        var sent = Assert.Single(wire.Requests);
        Assert.Equal(("DELETE", "/secrets/payroll", $"Bearer {CleanupId}"), (sent.Method, sent.Uri.AbsolutePath, sent.Headers["Authorization"]));
    }

    [Theory, InlineData(503, true), InlineData(403, false), InlineData(404, false)]
    public async Task What_is_refused_is_an_error_after_one_request(int status, bool transient)
    {
        var (retired, wire) = Over(_ => FakeWire.Error(status, status == 403 ? "Forbidden" : "Whatever", "no"));
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => retired.DeleteAsync(_id, default));
        Assert.Equal(transient, error.Transient);
        Assert.Single(wire.Requests);
    }

    [Fact]
    public async Task Without_the_identity_nothing_is_sent_and_no_other_one_stands_in()
    {
        var (retired, wire) = Over(_ => throw new InvalidOperationException(), cleanup: null);
        Assert.False(retired.MayDelete);
        await Assert.ThrowsAsync<InvalidOperationException>(() => retired.DeleteAsync(_id, default));
        Assert.Empty(wire.Requests);
    }

    [Theory, InlineData(VaultRig.WatcherId), InlineData(VaultRig.RotatorId)]
    public void An_identity_that_does_other_work_may_not_be_the_one_that_deletes(string id) =>
        Assert.Contains(Assert.Throws<SettingsException>(() => Over(_ => throw new InvalidOperationException(), id)).Faults, fault => fault.ToString().Contains("does nothing else", StringComparison.Ordinal));
}
