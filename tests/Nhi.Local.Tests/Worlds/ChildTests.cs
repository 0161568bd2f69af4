namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class ChildTests(WorldFixture fixture)
{
    [Fact]
    public async Task A_child_that_knows_only_its_environment_reaches_vault_blobs_and_tables_as_managed_identities()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SSL_CERT_FILE is read on Linux only.");

        var (code, output) = await ChildProbe.RunAsync("everything", fixture.World.Settings);

        Assert.Equal((0, "v"), (code, output));
        Assert.Contains(fixture.World.Audit.All, fact => fact is { Operation: "SecretSet", Caller: "rotator-prod", Status: 200 });
    }

    [Fact]
    public async Task Nothing_else_of_the_internet_is_reached()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SSL_CERT_FILE is read on Linux only.");

        var (code, output) = await ChildProbe.RunAsync("elsewhere", fixture.World.Settings);

        Assert.Equal(1, code);
        Assert.Contains("403", output, StringComparison.Ordinal);
        Assert.Contains("example.com", fixture.World.RefusedHosts);
    }

    [Fact]
    public void The_settings_hold_no_key_and_no_connection_string()
    {
        Assert.All(fixture.World.Settings, setting =>
        {
            Assert.DoesNotContain("AccountKey", setting.Value, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("sig=", setting.Value, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Password", setting.Value, StringComparison.OrdinalIgnoreCase);
        });
    }
}
