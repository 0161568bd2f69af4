namespace Nhi.Evidence.Tiles;

/// <summary>Where the tiles of each log lie.</summary>
public interface ITileStores
{
    /// <param name="origin">The log: <c>{account host}/{container}</c>.</param>
    ITileStore Of(string origin);
}
