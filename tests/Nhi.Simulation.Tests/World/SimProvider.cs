using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Simulation.Tests.World;

/// <summary>One resource of any overlap class at its provider, and who lives there.</summary>
internal sealed class SimResource(string name, OverlapClass overlap)
{
    public string Name { get; } = name;
    public OverlapClass Overlap { get; } = overlap;

    /// <summary>Multi: key ids.</summary>
    public Dictionary<string, Key> Keys { get; } = [];

    /// <summary>Dual slot: values. Pair and cutover: passwords of open principals; null for closed ones.</summary>
    public Dictionary<string, string?> Places { get; } = [];
    public Dictionary<string, DateTimeOffset> Touched { get; } = [];

    public sealed record Key(string Secret, string DisplayName, DateTimeOffset? Expires);

    private bool HasKey(string secret, DateTimeOffset now)
    {
        foreach (var key in Keys.Values)
            if (key.Secret == secret && (key.Expires is null || key.Expires > now))
                return true;
        return false;
    }

    public bool Accepts(string? place, string secret, DateTimeOffset now) => Overlap switch
    {
        OverlapClass.Multi => HasKey(secret, now),
        OverlapClass.Retire => true,
        OverlapClass.DualSlot => Places.ContainsValue(secret),
        _ => place is not null && Places.TryGetValue(place, out var password) && password == secret,
    };
}

/// <summary>Providers of every overlap class, as one host reaches them.</summary>
internal static class SimRotators
{
    public static readonly string[] Slots = ["key1", "key2"];
    public static readonly string[] Roles = ["role-a", "role-b"];

    public static IEnumerable<IRotator> All(SimWorld world, Wire wire) =>
    [
        new Multi(world, wire), new Dual(world, wire), new Principals(world, wire, OverlapClass.Pair), new Principals(world, wire, OverlapClass.Cutover), new Retire(world),
    ];

    public static string KindOf(OverlapClass overlap) => "sim-" + overlap.ToString().ToLowerInvariant();

    /// <summary>What a published value holds: <c>role|secret</c> for principals, the secret alone elsewhere.</summary>
    public static PublishedValue Split(SecretMaterial published) => published.Reveal().Split('|') is [var role, var secret] ? new(new SecretMaterial(secret), role) : new(published, null);

    private static Kind Describe(OverlapClass overlap) => new()
    {
        Name = KindOf(overlap),
        Description = "simulated",
        Overlaps = [overlap],
        ResourceForm = "name",
        Rights = [],
        SettleWindow = overlap == OverlapClass.Cutover ? TimeSpan.FromSeconds(60) : TimeSpan.FromMinutes(10),
        PropagationBudget = TimeSpan.FromSeconds(20),
    };

    internal abstract class Rotator(SimWorld world, Wire wire, OverlapClass overlap, string[] handles) : IRotator
    {
        protected SimWorld World => world;
        protected Wire Wire => wire;

        /// <summary>What a rotator throws for a handle that its resource cannot have: a bug of the engine's.</summary>
        protected static void Known(bool known)
        {
            if (!known)
                throw new ArgumentException("The resource has no such handle.");
        }

        public Kind Kind { get; } = Describe(overlap);

        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) =>
            tags.TryGetValue("nhi-resource", out var name) ? new GovernedResource(new ResourceId(name), overlap, handles, name, environment) : throw new ResourceTagException("The tag nhi-resource names the resource.");

        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => Split(published);

        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) =>
            overlap is OverlapClass.Pair or OverlapClass.Cutover ? new SecretMaterial($"{handle}|{secret.Reveal()}") : secret;

        public Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct) => VerifyAsync(resource.Address, handle, secret);

        /// <summary>As a rotator sends what changes something: the token first, which may take its time, then the fence.</summary>
        protected async Task<T> SendAsync<T>(IFence fence, string what, Func<T> effect)
        {
            if (world.TokenTakes is { } slow)
                await Task.Delay(slow, world.Clock);
            await fence.ReadyAsync(CancellationToken.None);
            return await wire.CallAsync(what, true, effect);
        }

        private async Task<Verdict> VerifyAsync(string name, string? handle, SecretMaterial secret)
        {
            try
            {
                return await wire.CallAsync("provider.verify", false, () => world.Resources[name].Accepts(handle, secret.Reveal(), world.Clock.Now) ? Verdict.Accepted : new Verdict(Verification.Refused, "refused"));
            }
            catch (ExternalCallException e)
            {
                return new Verdict(Verification.Unknown, e.Message);
            }
        }
    }

    internal sealed class Multi(SimWorld world, Wire wire) : Rotator(world, wire, OverlapClass.Multi, []), IRotator, IMint, IVerify, IKill, ILookBack
    {
        public bool CanHave(GovernedResource resource, string handle) => handle.StartsWith("id-", StringComparison.Ordinal);

        public Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.mint", () =>
        {
            World.AskProvider("mint", resource.Address);
            World.NeedsIntent($"mint {order.DisplayName}", record => record.Rotation is { } r && "nhi-" + r == order.DisplayName);
            World.Minted(resource.Address, order.DisplayName);
            var id = World.Fresh("id");
            var secret = World.FreshKey();
            var end = World.GrantsAtMost is { } most && !(order.Expires < World.Second + most) ? World.Second + most : order.Expires;
            World.Resources[resource.Address].Keys[id] = new SimResource.Key(secret, order.DisplayName, end);
            return new Minted(id, new SecretMaterial(secret), end);
        });

        public Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.kill", () =>
        {
            World.AskProvider("kill", resource.Address);
            World.NeedsIntent($"kill {handle}", record => record.Verb is "revoke" or "clean" && record.Credential?.Handle == handle);
            Known(handle.StartsWith("id-", StringComparison.Ordinal));
            return World.Killed(resource.Address, handle, () => World.Resources[resource.Address].Keys.Remove(handle));
        });

        public Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct) => Wire.CallAsync("provider.look", false, () =>
            (IReadOnlyList<LiveCredential>)[.. World.Resources[resource.Address].Keys.Select(key => new LiveCredential(key.Key, key.Value.DisplayName, null, key.Value.Secret[..12], true, null, key.Value.Expires))]);
    }

    internal sealed class Dual(SimWorld world, Wire wire) : Rotator(world, wire, OverlapClass.DualSlot, Slots), IMint, IVerify, IKill, ILookBack
    {
        public Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.mint", () =>
        {
            World.AskProvider("mint", resource.Address);
            World.NeedsIntent($"mint {order.DisplayName}", record => record.Rotation is { } r && "nhi-" + r == order.DisplayName);
            World.Minted(resource.Address, order.DisplayName);
            return new Minted(order.Target!, new SecretMaterial(World.Regenerate(resource.Address, order.Target!)), null);
        });

        public Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.kill", () =>
        {
            World.AskProvider("kill", resource.Address);
            World.NeedsIntent($"kill {handle}", record => record.Verb is "revoke" or "clean" && record.Credential?.Handle?.Split(':')[0] == handle);
            Known(resource.Handles.Contains(handle));
            return World.Killed(resource.Address, handle, () => World.Regenerate(resource.Address, handle) is not null);
        });

        public Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct) => Wire.CallAsync("provider.look", false, () =>
            (IReadOnlyList<LiveCredential>)[.. Slots.Select(slot => new LiveCredential(slot, null, new SecretMaterial(World.Resources[resource.Address].Places[slot]!), null, true, World.ProvidersTellTimes ? World.Resources[resource.Address].Touched.GetValueOrDefault(slot, SimWorld.Start - TimeSpan.FromDays(100)) : null))]);
    }

    internal sealed class Principals(SimWorld world, Wire wire, OverlapClass overlap) : Rotator(world, wire, overlap, overlap == OverlapClass.Pair ? Roles : [Roles[0]]), IMint, IVerify, IKill, ILookBack, IChooseValue
    {
        public SecretMaterial Choose(GovernedResource resource, IReadOnlyDictionary<string, string> tags) => new(World.Fresh("pass"));

        public Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.mint", () =>
        {
            World.AskProvider("mint", resource.Address);
            World.NeedsIntent($"mint {order.DisplayName}", record => record.Rotation is { } r && "nhi-" + r == order.DisplayName);
            World.Minted(resource.Address, order.DisplayName);
            World.Resources[resource.Address].Places[order.Target!] = order.Chosen!.Reveal();
            return new Minted(order.Target!, order.Chosen, null);
        });

        public Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct) => SendAsync(fence, "provider.kill", () =>
        {
            World.AskProvider("kill", resource.Address);
            World.NeedsIntent($"kill {handle}", record => record.Verb is "revoke" or "clean" && record.Credential?.Handle == handle);
            Known(resource.Handles.Contains(handle));
            return World.Killed(resource.Address, handle, () =>
            {
                World.Resources[resource.Address].Places[handle] = null;
                return true;
            });
        });

        public Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct) => Wire.CallAsync("provider.look", false, () =>
            (IReadOnlyList<LiveCredential>)[.. resource.Handles.Select(role => new LiveCredential(role, Open: World.Resources[resource.Address].Places.GetValueOrDefault(role) is not null, Vouched: World.PairsAreVouchedFor))]);
    }

    internal sealed class Retire(SimWorld world) : IRotator, IChooseValue
    {
        public Kind Kind { get; } = Describe(OverlapClass.Retire);
        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) => new(new ResourceId($"generated:{credential}"), OverlapClass.Retire, [], credential.ToString());
        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);
        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;
        public SecretMaterial Choose(GovernedResource resource, IReadOnlyDictionary<string, string> tags) => new(world.Fresh("generated"));
    }
}
