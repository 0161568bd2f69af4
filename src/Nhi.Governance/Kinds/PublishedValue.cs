using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>The secret inside a published value, and the handle (slot, role) where the value itself names it.</summary>
public sealed record PublishedValue(SecretMaterial Secret, string? Handle);
