using Nhi.Local.Emulators;

namespace Nhi.Local;

/// <summary>Who is who in the local world.</summary>
public sealed class WorldIdentities
{
    internal WorldIdentities(IEnumerable<string> environments) =>
        Rotators = environments.Distinct(StringComparer.OrdinalIgnoreCase).ToDictionary(
            environment => environment, environment => WorldIdentity.Of($"rotator-{environment}"), StringComparer.OrdinalIgnoreCase);

    /// <summary>Lists, never values.</summary>
    public WorldIdentity Watcher { get; } = WorldIdentity.Of("watcher");

    /// <summary>Writes evidence and signs with the producers' key.</summary>
    public WorldIdentity Writer { get; } = WorldIdentity.Of("writer");

    /// <summary>Signs with the log's key.</summary>
    public WorldIdentity Sequencer { get; } = WorldIdentity.Of("sequencer");

    /// <summary>Reads and deletes role assignments, where <c>Nhi__Identities__Curtailer</c> names it: no setting of the world does.</summary>
    public WorldIdentity Curtailer { get; } = WorldIdentity.Of("curtailer");

    /// <summary>Deletes secrets of governed vaults, recoverably, and may do nothing else, where <c>Nhi__Identities__Cleanup</c> names it: no setting of the world does.</summary>
    public WorldIdentity Cleanup { get; } = WorldIdentity.Of("cleanup");

    /// <summary>Values and mints, by environment.</summary>
    public IReadOnlyDictionary<string, WorldIdentity> Rotators { get; }

    /// <summary>A person who may do everything: the estate's owner, or a thief with his badge.</summary>
    public WorldIdentity Person { get; } = WorldIdentity.Of("person");

    /// <summary>All that the product runs as.</summary>
    public IEnumerable<WorldIdentity> OfTheProduct => [Watcher, Writer, Sequencer, Curtailer, Cleanup, .. Rotators.Values];
}
