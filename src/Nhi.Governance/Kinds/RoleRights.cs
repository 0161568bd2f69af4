namespace Nhi.Governance.Kinds;

/// <summary>
/// The rights that one role of a rotator needs at its provider, and at which scope. <paramref name="Role"/>: <c>mint</c>, <c>verify</c>, <c>kill</c> or <c>look back</c>;
/// <paramref name="Actions"/>: RBAC actions, Graph permissions or database privileges, as <paramref name="System"/> spells them; empty where none is needed.
/// </summary>
public sealed record RoleRights(string Role, string System, IReadOnlyList<string> Actions, string Scope);
