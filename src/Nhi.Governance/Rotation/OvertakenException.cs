namespace Nhi.Governance.Rotation;

/// <summary>Thrown through a rotator right before it would have sent something: things changed after this attempt had looked at them, or may have. Nothing was sent.</summary>
internal sealed class OvertakenException() : Exception("Things changed after this attempt had looked at them, or may have: it changes nothing, and the next look decides.");
