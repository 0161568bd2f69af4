using System.Text;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Policies;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Tests.Tables;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Policies.Sources;
using Nhi.Local.Parts;

namespace Nhi.Azure.Tests.Policies;

public sealed class BlobPolicyTests(AzuriteFixture azurite)
{
    private readonly CallCounter _calls = new();

    private async Task<(BlobPolicyText Text, BlobClient Blob)> FreshAsync(string container)
    {
        var around = new BlobServiceClient(Azurite.BlobEndpoint("nhisecond"), azurite.Azurite.Credential, new BlobClientOptions { Transport = azurite.Azurite.Transport }).GetBlobContainerClient(container);
        await around.CreateAsync();
        var blob = around.GetBlobClient("policy.yaml");
        return (new BlobPolicyText(blob.Uri, azurite.Azurite.Credential, AzureCloud.Public, new ClientEquipment(_calls, azurite.Azurite.Transport)), blob);
    }

    [Fact]
    public async Task A_text_is_read_once_and_again_only_when_it_changed()
    {
        var (text, blob) = await FreshAsync("policies-etag");
        await blob.UploadAsync(BinaryData.FromString("one"));

        var first = await text.ReadAsync(null, default);
        Assert.Equal("one", Encoding.UTF8.GetString(first!.Bytes.Span));
        Assert.Null(await text.ReadAsync(first.ETag, default));
        await blob.UploadAsync(BinaryData.FromString("two"), overwrite: true);
        var second = await text.ReadAsync(first.ETag, default);
        Assert.Equal("two", Encoding.UTF8.GetString(second!.Bytes.Span));
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.Equal(3, _calls.Of("blob"));
    }

    [Fact]
    public async Task A_policy_blob_that_is_gone_is_an_error()
    {
        var (text, _) = await FreshAsync("policies-gone");

        Assert.False((await Assert.ThrowsAsync<ExternalCallException>(() => text.ReadAsync(null, default))).MayHaveHappened);
    }

    [Fact]
    public async Task A_far_too_long_text_is_cut_where_it_is_refused_anyway()
    {
        var (text, blob) = await FreshAsync("policies-long");
        await blob.UploadAsync(BinaryData.FromBytes(new byte[2_000_000]));

        Assert.Equal((256 * 1024) + 1, (await text.ReadAsync(null, default))!.Bytes.Length);
    }

    [Fact]
    public async Task A_policy_from_a_blob_is_in_force_within_a_minute_of_its_change_and_survives_a_bad_one()
    {
        var (text, blob) = await FreshAsync("policies-source");
        var time = new FakeTimeProvider();
        using var source = new ReloadingPolicySource(text.ReadAsync, "policy.yaml", ProductIdentities.None, time);
        await blob.UploadAsync(BinaryData.FromBytes(PolicyFiles.ObserveAll));
        var first = await source.CurrentAsync(default);

        await blob.UploadAsync(BinaryData.FromString("rules: ["), overwrite: true);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(first, await source.CurrentAsync(default));
        Assert.IsType<PolicyException>(source.LastFault!.Fault);
        await blob.UploadAsync(BinaryData.FromBytes(PolicyFiles.Sample), overwrite: true);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(first.Sha256, (await source.CurrentAsync(default)).Sha256);
        Assert.Null(source.LastFault);
    }

    [Fact]
    public void The_setting_chooses_the_source()
    {
        IPolicySource Of(string? policy)
        {
            var settings = TestSettings.Read(("Policy", policy));
            return PolicySources.Of(settings, new AzureIdentities(settings), new ClientEquipment(_calls), new GovernanceClock());
        }

        Assert.IsType<EmbeddedPolicySource>(Of(null));
        Assert.IsType<FilePolicySource>(Of("/etc/nhi/policy.yaml"));
        Assert.IsType<ReloadingPolicySource>(Of("https://nhistate.blob.core.windows.net/policies/policy.yaml"));
    }

    [Fact]
    public void The_products_own_vaults_accounts_and_identities_are_out_of_bounds()
    {
        const string id = "11111111-1111-1111-1111-111111111111";
        var own = PolicySources.Own(TestSettings.Read(("Identities__Watcher", id), ("Identities__Writer", id), ("Identities__Sequencer", id), ("Identities__Rotators__prod", "22222222-2222-2222-2222-222222222222")));

        Assert.True(own.Owns(CredentialId.Of("kv-staging.vault.azure.net", "x")));
        Assert.True(own.Owns(CredentialId.Of("kv-nhi.vault.azure.net", "x")));
        Assert.False(own.Owns(CredentialId.Of("kv1.vault.azure.net", "x")));
        Assert.NotNull(own.WhyNamed("/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/nhievidence"));
        Assert.NotNull(own.WhyNamed("/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/nhistate"));
        Assert.NotNull(own.WhyNamed("22222222-2222-2222-2222-222222222222"));
    }
}
