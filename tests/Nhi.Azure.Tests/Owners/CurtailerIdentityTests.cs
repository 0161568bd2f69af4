using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Vaults;

namespace Nhi.Azure.Tests.Owners;

/// <summary>What is refused before anything is asked of a world.</summary>
public sealed class CurtailerIdentityTests
{
    [Theory, InlineData(VaultRig.WatcherId), InlineData(VaultRig.RotatorId)]
    public void An_identity_that_does_other_work_may_not_take_roles_away(string id) =>
        Assert.Contains(Assert.Throws<SettingsException>(() => RoleAssignmentsTests.SettingsWith(id)).Faults, fault => fault.ToString().Contains("does nothing else", StringComparison.Ordinal));
}
