namespace Nhi.Simulation.Tests.World;

/// <summary>Calls of one host, counted at the seams.</summary>
internal sealed class Calls
{
    private static readonly string[] TableServices = ["row", "index", "debts", "inventory", "pauses", "budget", "cursor"];
    private readonly List<string> _made = [];

    public static Calls Of(SimWorld world, SimHost host)
    {
        var calls = new Calls();
        world.Hears = call =>
        {
            if (call.Host == host.Name)
                calls._made.Add(call.What);
        };
        return calls;
    }

    public int All => _made.Count;
    public int Evidence => _made.Count(what => what == "evidence.put");

    /// <summary>Calls to tables. An intent and an outcome each leave a pending row beside their blob, in Azure.</summary>
    public int Tables => _made.Count(what => TableServices.Contains(what[..what.IndexOf('.', StringComparison.Ordinal)])) + Evidence;

    /// <summary>Calls to Key Vault, the staging vault among them.</summary>
    public int Vault => _made.Count(what => what.StartsWith("vault.", StringComparison.Ordinal) || what.StartsWith("staging.", StringComparison.Ordinal));
    public int EvidenceReads => _made.Count(what => what is "evidence.get" or "evidence.list");
    public int Provider => _made.Count(what => what.StartsWith("provider.", StringComparison.Ordinal));
    public override string ToString() => string.Join(' ', _made);
}
