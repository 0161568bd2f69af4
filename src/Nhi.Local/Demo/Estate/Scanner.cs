using Nhi.Local.Clock;
using Nhi.Local.Emulators;
using Nhi.Local.Emulators.KeyVault;

namespace Nhi.Local.Demo.Estate;

/// <summary>A scanner of the security team that lists a vault every half hour, as others than the product do in every company: its lines in the vault's log leave no silence, even where days are leapt over. It asks for no stop of its own.</summary>
internal sealed class Scanner(World world, KeyVaultEmulator vault) : IPlayed
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(30);
    private readonly WorldIdentity identity = WorldIdentity.Of("security scanner");
    private DateTimeOffset next = world.Clock.GetUtcNow();

    public ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation) => new((DateTimeOffset?)null);

    public ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        for (; next <= world.Clock.GetUtcNow(); next += Every)
            world.Audit.Record(new AuditFact(next, vault.Name, "SecretList", null, identity.Name, identity.ObjectId, 200));
        return new(false);
    }
}
