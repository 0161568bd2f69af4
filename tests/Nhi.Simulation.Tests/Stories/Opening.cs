using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>How a story over the whole estate begins: two hosts, adopted secrets, nothing that happens by itself.</summary>
internal static class Opening
{
    /// <summary>A quiet world: no events, no timers; what the story does not do does not happen. Monitors look each minute.</summary>
    public static SimWorld Quiet(OverlapClass overlap, out CredentialId id, Action<SimWorld>? prepare = null)
    {
        var world = new SimWorld(1) { Verbose = true, DeliversEvents = false };
        id = world.Add("app", overlap);
        prepare?.Invoke(world);
        world.StartMonitors();
        world.Adopt();
        return world;
    }

    /// <summary>The same with a second secret of the same resource.</summary>
    public static SimWorld Siblings(OverlapClass overlap, out CredentialId first, out CredentialId second, Action<SimWorld>? prepare = null)
    {
        var twin = CredentialId.Of(SimVault.Host, "twin");
        var world = Quiet(overlap, out first, made =>
        {
            made.Add("twin", overlap, "res-app");
            prepare?.Invoke(made);
        });
        second = twin;
        return world;
    }

    public static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);
    public static TimeSpan Hours(double hours) => TimeSpan.FromHours(hours);
}
