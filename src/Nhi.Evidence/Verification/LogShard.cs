using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification;

/// <summary>One year of the evidence: its container (or export), its tiles where they are at hand, and what says how the container is protected, where that can be asked. <paramref name="Origin"/>: which log it must be; null: whichever it says it is.</summary>
public sealed record LogShard(IReadableLog Log, ITileStore? Tiles = null, IContainerPolicyState? Policy = null, string? Origin = null);
