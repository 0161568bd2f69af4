using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using static Nhi.Governance.Tests.Policies.PolicyTexts;

namespace Nhi.Governance.Tests.Policies;

/// <summary>Rule 11 when it runs: whatever a glob took in, the product's own is left alone.</summary>
public sealed class ProductIdentitiesTests
{
    [Theory]
    [InlineData("nhi-own.vault.azure.net", null, true)]
    [InlineData("NHI-OWN.vault.azure.net", null, true)]
    [InlineData("kv1.vault.azure.net", null, false)]
    [InlineData("kv1.vault.azure.net", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/nhievidence", true)]
    [InlineData("kv1.vault.azure.net", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/nhievidence2", false)]
    [InlineData("kv1.vault.azure.net", "nhievidence.table.core.windows.net", true)]
    [InlineData("kv1.vault.azure.net", "nhievidence.table.core.example.net", false)]
    [InlineData("kv1.vault.azure.net", "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/nhi-own", true)]
    [InlineData("kv1.vault.azure.net", "11111111-2222-3333-4444-555555555555", true)]
    [InlineData("kv1.vault.azure.net", "11111111-2222-3333-4444-555555555556", false)]
    [InlineData("kv1.vault.azure.net", "/subscriptions/s/resourceGroups/nhi/providers/Microsoft.Web/sites/nhi-app/slots/a", true)]
    [InlineData("kv1.vault.azure.net", "/subscriptions/s/resourceGroups/nhi/providers/Microsoft.Web/sites/nhi-app2", false)]
    [InlineData("kv1.vault.azure.net", "db.postgres.database.azure.com/app/role-a+role-b", false)]
    public void Owns_what_the_product_lives_on_and_nothing_else(string vault, string? resource, bool owned)
    {
        var id = resource is null ? (ResourceId?)null : new ResourceId(resource);
        Assert.Equal(owned, Own.Owns(CredentialId.Of(vault, "x"), id));
        Assert.Equal(owned, Own.WhyOwned(CredentialId.Of(vault, "x"), id) is not null);
        Assert.False(ProductIdentities.None.Owns(CredentialId.Of(vault, "x"), id));
    }
}
