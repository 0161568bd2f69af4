using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Npgsql;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>
/// Passwords of PostgreSQL roles that an owner role may alter: two roles that take turns, or one that is cut over. The handle is the role's name.
/// The server sees a SCRAM verifier, never the password; nothing uses <c>VALID UNTIL</c>, since a death that nobody proves is none.
/// </summary>
public sealed class PostgresRoleRotator : IRotator, IMint, IVerify, IKill, ILookBack, IChooseValue
{
    private const int PasswordLength = 40;

    /// <summary>In the comments on the roles of a pair: <c>COMMENT ON ROLE app_b IS 'nhi-pair=app_a'</c>, and the other way round.</summary>
    private const string PairMark = "nhi-pair=";
    private const string EndSessions = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1 AND pid <> pg_catalog.pg_backend_pid()";
    private readonly PostgresLogins _logins;

    public PostgresRoleRotator(ICredentialSource credentials, CloudHosts hosts, PostgresOptions options) =>
        _logins = new PostgresLogins(credentials, hosts, options);

    public Kind Kind { get; } = new()
    {
        Name = "postgres-role",
        Description = "The password of a PostgreSQL role: two roles under one owner, each named in the comment on the other (nhi-pair=ROLE), take turns, or one role is cut over.",
        Overlaps = [OverlapClass.Pair, OverlapClass.Cutover],
        ResourceForm = PostgresAddress.Form,
        // The server gives up a statement after 20 seconds.
        SettleWindow = TimeSpan.FromSeconds(60),
        PropagationBudget = TimeSpan.FromSeconds(30),
        Rights =
        [
            new RoleRights("mint", "PostgreSQL", ["CREATEROLE", "ADMIN OPTION"], "the server; each role of the resource"),
            new RoleRights("verify", "PostgreSQL", ["CONNECT"], "the database, for each role of the resource: the password itself is used"),
            new RoleRights("kill", "PostgreSQL", ["CREATEROLE", "ADMIN OPTION", "pg_signal_backend"], "the server; each role of the resource"),
            new RoleRights("look back", "PostgreSQL", ["CONNECT"], "the database, for the owner role"),
        ],
    };

    /// <inheritdoc/>
    public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment)
    {
        var address = PostgresAddress.TryParse(ResourceTag.Read(tags, Kind.Name, PostgresAddress.Form)) ?? throw ResourceTag.Malformed(Kind.Name, PostgresAddress.Form);
        return _logins.Permits(address)
            ? new GovernedResource(address.Resource, address.Overlap, address.Roles, address.ToString(), environment)
            : throw ResourceTag.Malformed(Kind.Name, PostgresAddress.Form, $"the host {address.Host} is not in Nhi__Postgres__Hosts, and only the servers there are logged in to");
    }

    /// <inheritdoc/>
    public PublishedValue Read(GovernedResource resource, SecretMaterial published)
    {
        var text = ConnectionText.Parse(published.Reveal());
        var role = text.User is { } user ? resource.Handles.FirstOrDefault(handle => handle == user)
            : resource.Overlap == OverlapClass.Cutover ? resource.Handles[0]
            : null;
        return new PublishedValue(new SecretMaterial(text.Password), role);
    }

    /// <summary>Keeps the form of the current value; a pair's value must name its role, so where the current one does not it becomes <c>Host=…;Port=…;Database=…;Username=…;Password=…</c>.</summary>
    public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current)
    {
        var role = resource.Overlap == OverlapClass.Cutover ? resource.Handles[0] : Handles.Known(resource, handle);
        var text = current is null ? null : ConnectionText.Parse(current.Reveal());
        if (resource.Overlap == OverlapClass.Cutover)
            return text is null ? secret : new SecretMaterial(text.With(null, secret.Reveal()));
        if (text is { User: not null })
            return new SecretMaterial(text.With(role, secret.Reveal()));
        var address = Address(resource);
        return new SecretMaterial($"Host={address.Host};Port={address.Port};Database={address.Database};Username={role};Password={secret.Reveal()}");
    }

    /// <inheritdoc/>
    public SecretMaterial Choose(GovernedResource resource, IReadOnlyDictionary<string, string> tags) => RandomText.Of(RandomText.Unambiguous, PasswordLength);

    /// <inheritdoc/>
    public async Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct)
    {
        var role = Handles.Known(resource, order.Target);
        var what = $"Setting the password of the role '{role}' at {Address(resource).Host}";
        if (order.Chosen is not { } chosen || !IsOurs(chosen.Reveal()))
            throw new ExternalCallException($"{what}: the value is none that this product chose (letters and digits, at least 16).", mayHaveHappened: false, transient: false, code: "NotOurs");
        await AlterAsync(resource, role, $"LOGIN PASSWORD {SqlText.Literal(ScramVerifier.Of(chosen.Reveal()))}", what, endSessions: false, fence, ct);
        return new Minted(role, chosen, null);
    }

    /// <inheritdoc/>
    public async Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct)
    {
        var role = handle ?? (resource.Overlap == OverlapClass.Cutover ? resource.Handles[0] : null);
        if (role is null)
            return new Verdict(Verification.Unknown, $"the value names none of the roles {string.Join(", ", resource.Handles)}");
        // The driver would look for another password elsewhere, in the environment or a file.
        if (secret.Reveal().Length == 0)
            return new Verdict(Verification.Refused, "it is empty, and PostgreSQL knows no empty password");
        ct.ThrowIfCancellationRequested();
        var address = Address(resource);
        try
        {
            await _logins.TryLoginAsync(address, Handles.Known(resource, role), secret, ct);
            return Verdict.Accepted;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && PostgresFailure.Of(failure) is not null)
        {
            return PostgresFailure.Of(failure)!.OfLogin(role);
        }
    }

    /// <inheritdoc/>
    public async Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct)
    {
        var role = Handles.Known(resource, handle);
        try
        {
            await AlterAsync(resource, role, "NOLOGIN PASSWORD NULL", $"Closing the role '{role}' at {Address(resource).Host}", endSessions, fence, ct);
        }
        catch (ExternalCallException gone) when (gone.Code == PostgresErrorCodes.UndefinedObject)
        {
            // A role that there is not lets nobody in.
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct)
    {
        var address = Address(resource);
        var what = $"Reading the roles {string.Join(", ", resource.Handles)} at {address.Host}";
        try
        {
            var roles = await _logins.AsOwnerAsync(address, resource.Environment, what, connection => RolesAsync(connection, resource.Handles, ct), ct);
            if (resource.Handles.FirstOrDefault(role => !roles.ContainsKey(role)) is { } missing)
                throw new ExternalCallException($"{what}: there is no role '{missing}'. Create it, or correct the tag {ResourceTag.Name}.", mayHaveHappened: false, transient: false, code: PostgresErrorCodes.UndefinedObject);
            // Who cuts over one of a pair does so past the row of the pair, whose rotation closes what was published.
            if (resource.Overlap == OverlapClass.Cutover && roles[resource.Handles[0]].Partner is { } partner)
                throw new ExternalCallException($"{what}: the comment on the role '{resource.Handles[0]}' says that it is one of a pair with '{partner}'. Name both in the tag {ResourceTag.Name}.", mayHaveHappened: false, transient: false, code: "OneOfAPair");
            var paired = resource.Overlap == OverlapClass.Pair && roles[resource.Handles[0]].Partner == resource.Handles[1] && roles[resource.Handles[1]].Partner == resource.Handles[0];
            return [.. resource.Handles.Select(role => new LiveCredential(role, Open: roles[role].Open, Vouched: paired))];
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && PostgresFailure.Of(failure) is not null)
        {
            throw PostgresFailure.Of(failure)!.AtOpen(what);
        }
    }

    /// <summary>Whether each may log in, and the role that its comment names as the other one of a pair.</summary>
    private static async Task<Dictionary<string, (bool Open, string? Partner)>> RolesAsync(NpgsqlConnection connection, IReadOnlyList<string> roles, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT rolname::text, rolcanlogin, pg_catalog.shobj_description(oid, 'pg_authid') FROM pg_catalog.pg_roles WHERE rolname IN ($1, $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = roles[0] });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = roles[^1] });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, (bool, string?)>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct))
            found[rows.GetString(0)] = (rows.GetBoolean(1), await rows.IsDBNullAsync(2, ct) ? null : PartnerIn(rows.GetString(2)));
        return found;
    }

    /// <summary>Whoever may alter a role wrote its comment; a word of it is ours.</summary>
    private static string? PartnerIn(string comment) =>
        comment.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.StartsWith(PairMark, StringComparison.Ordinal))?[PairMark.Length..];

    private async Task AlterAsync(GovernedResource resource, string role, string change, string what, bool endSessions, IFence fence, CancellationToken ct) =>
        await _logins.AsOwnerAsync(Address(resource), resource.Environment, what, async connection =>
        {
            // The owner is logged in: neither the token nor the connection uses up what the row is held for.
            await fence.ReadyAsync(ct);
            await ChangeAsync(connection, $"ALTER ROLE {SqlText.Identifier(role)} WITH {change}", null, what, ct);
            // After the door is shut, else a consumer comes straight back in.
            if (endSessions)
                await ChangeAsync(connection, EndSessions, role, $"{what}: it is closed, but its sessions are not ended", ct);
            return true;
        }, ct);

    private static async Task ChangeAsync(NpgsqlConnection connection, string statement, string? role, string what, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        if (role is not null)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
        try
        {
            await command.ExecuteNonQueryAsync(ct);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested && PostgresFailure.Of(failure) is not null)
        {
            throw PostgresFailure.Of(failure)!.AtStatement(what, begun: role is not null);
        }
    }

    private static PostgresAddress Address(GovernedResource resource) =>
        PostgresAddress.TryParse(resource.Address) ?? throw new ArgumentException($"'{resource.Address}' is no address of this kind.", nameof(resource));

    /// <summary>A stranger's value is never set: where we misread a value's form, the misreading would become the password.</summary>
    private static bool IsOurs(string value) => value.Length is >= 16 and <= 256 && value.All(char.IsAsciiLetterOrDigit);
}
