using System.Runtime.CompilerServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Simulation.Tests.World;

/// <summary>Azure's role assignments, who is in the directory, and what the product remembers of roles.</summary>
internal sealed class SimRoles
{
    public const string Subscription = "/subscriptions/11111111-0000-4000-8000-000000000001";
    public const string Owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    public const string Contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";

    public List<RoleAssignment> Assignments { get; } = [];
    public Dictionary<string, PrincipalState> People { get; } = [];

    /// <summary>Groups that a principal is in.</summary>
    public List<(string Principal, string Group)> Members { get; } = [];
    public Dictionary<string, CurtailmentNote> Notes { get; } = [];

    /// <summary>Whether the product has a curtailer.</summary>
    public bool Curtails { get; set; } = true;

    /// <summary>Hears of each deletion that the product does, before it.</summary>
    public Action<RoleAssignment>? Deleting { get; set; }

    /// <summary>The object id of an application's service principal.</summary>
    public static string PrincipalOf(string application) => $"{application[^36..^12]}{application[^12..].Replace('a', 'b')}";

    public RoleAssignment Give(string principal, string role, string scope, string type = "ServicePrincipal", DateTimeOffset? at = null, string by = "aaaaaaaa-0000-4000-8000-00000000ada0")
    {
        var name = Guid.NewGuid().ToString("D");
        var given = new RoleAssignment
        {
            Id = $"{(scope == "/" ? "" : scope)}/providers/Microsoft.Authorization/roleAssignments/{name}",
            Role = $"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{role}",
            Principal = principal, Type = type, Scope = scope, Changed = at ?? SimWorld.Start.AddDays(-100), Created = at ?? SimWorld.Start.AddDays(-100), CreatedBy = by,
        };
        Assignments.Add(given);
        return given;
    }

    public string Person(string id = "aaaaaaaa-0000-4000-8000-00000000ada0", PrincipalState state = PrincipalState.Active)
    {
        People[id] = state;
        return id;
    }

    /// <summary>What a sweep says of the application's roles, those of its groups among them: the facts of a finding.</summary>
    public string[] FactsOf(string principal) =>
        [.. GrantsOf(principal).Where(grant => grant is { IsWideScope: true, Role.Power: not null }).Select(grant => $"{grant.Role!.Name} at {grant.Scope}: {grant.Role.Power}.").Distinct()];

    private IEnumerable<RoleGrant> GrantsOf(string principal) =>
        Assignments.Where(one => one.Principal == principal || Members.Contains((principal, one.Principal))).Select(one => new RoleGrant(one.RoleId, one.Scope.ToLowerInvariant(), one.RoleId switch
        {
            Owner => new RoleFacts("Owner", "may change everything"),
            Contributor => new RoleFacts("Contributor", "may change everything"),
            _ => new RoleFacts("Reader", null),
        }));

    internal sealed class Client(SimWorld world, Wire wire) : IRoleAssignments, ICurtailments, IOwnerDirectory
    {
        private SimRoles Known => world.Roles;

        public bool MayCurtail => Known.Curtails;

        public Task<IReadOnlyList<RoleAssignment>> OfAsync(string principal, string subscription, CancellationToken ct) =>
            wire.CallAsync("roles.list", false, () => (IReadOnlyList<RoleAssignment>)[.. Known.Assignments.Where(one => one.Principal == principal && one.Scope.Equals(subscription, StringComparison.OrdinalIgnoreCase))]);

        public Task<IReadOnlyList<RoleAssignment>> OwnersAsync(string subscription, CancellationToken ct) =>
            wire.CallAsync("roles.owners", false, () => (IReadOnlyList<RoleAssignment>)[.. Known.Assignments.Where(one => one.RoleId == Owner && (one.Scope == "/" || one.Scope.Equals(subscription, StringComparison.OrdinalIgnoreCase)))]);

        Task<RoleAssignment?> IRoleAssignments.FindAsync(string id, CancellationToken ct) => wire.CallAsync("roles.read", false, () => Known.Assignments.Find(one => one.Id == id));

        public Task<bool> DeleteAsync(string id, CancellationToken ct) => wire.CallAsync("roles.delete", true, () =>
        {
            world.NeedsIntent($"take away {id}", record => record.Action == "privilege.curtail" && record.Assignment?.Id == id);
            if (Known.Assignments.Find(one => one.Id == id) is not { } there)
                return false;
            Known.Deleting?.Invoke(there);
            return Known.Assignments.Remove(there);
        });

        public Task<IReadOnlyList<CurtailmentNote>> OfAsync(ResourceId identity, CancellationToken ct) => wire.CallAsync("removals.read", false, () => (IReadOnlyList<CurtailmentNote>)[.. Known.Notes.Values.Where(note => note.Identity == identity)]);

        public async IAsyncEnumerable<CurtailmentNote> ListAsync([EnumeratorCancellation] CancellationToken ct)
        {
            foreach (var note in await wire.CallAsync("removals.list", false, () => Known.Notes.Values.ToList()))
                yield return note;
        }

        public Task WriteAsync(CurtailmentNote note, CancellationToken ct) => wire.CallAsync("removals.write", true, () => Known.Notes[note.Key] = note);

        Task<Principal> IOwnerDirectory.FindAsync(string principal, CancellationToken ct) => wire.CallAsync("directory.read", false, () => new Principal(principal, PrincipalType.User, Known.People.GetValueOrDefault(principal, PrincipalState.Deleted), $"{principal[^4..]}@contoso.com"));

        public Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct) => wire.CallAsync("directory.roles", false, () => new IdentityRoles(PrincipalOf(applicationId), [.. Known.GrantsOf(PrincipalOf(applicationId))]));
        public Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct) => throw new NotSupportedException();
        public Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct) => throw new NotSupportedException();
        public Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct) => throw new NotSupportedException();
    }
}
