using System.Net.Sockets;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Npgsql;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>
/// What a failed login or statement means. <paramref name="State"/>: the SQLSTATE, null when the server did not answer. The exceptions of the driver are not passed on: they carry statements.
/// </summary>
internal sealed record PostgresFailure(string? State, string Says, bool Transient)
{
    /// <summary>Null for an exception that is no failure of the server or the way to it.</summary>
    public static PostgresFailure? Of(Exception failure) => failure switch
    {
        PostgresException refused => new PostgresFailure(refused.SqlState, ServiceText.OneLine(refused.MessageText, 200), refused.IsTransient || refused.SqlState.StartsWith("57P", StringComparison.Ordinal) || refused.SqlState == PostgresErrorCodes.QueryCanceled),
        NpgsqlException { InnerException: SocketException socket } => new PostgresFailure(null, $"no connection ({socket.SocketErrorCode})", true),
        NpgsqlException { InnerException: { } inner } => new PostgresFailure(null, $"no answer ({inner.GetType().Name})", true),
        NpgsqlException driver => new PostgresFailure(null, ServiceText.OneLine(driver.Message, 200), true),
        SocketException socket => new PostgresFailure(null, $"no connection ({socket.SocketErrorCode})", true),
        TimeoutException or IOException or OperationCanceledException => new PostgresFailure(null, $"no answer ({failure.GetType().Name})", true),
        _ => null,
    };

    /// <summary>The server refused the login because of user or password. A missing line of <c>pg_hba.conf</c> (in Azure: the firewall) has the same SQLSTATE and says nothing about the password; its name is not translated.</summary>
    private bool RefusesLogin => State == PostgresErrorCodes.InvalidPassword
        || (State == PostgresErrorCodes.InvalidAuthorizationSpecification && !Says.Contains("pg_hba.conf", StringComparison.Ordinal));

    public Verdict OfLogin(string role) => RefusesLogin
        ? new Verdict(Verification.Refused, $"the server refuses the role '{role}' with it ({State})")
        : new Verdict(Verification.Unknown, $"{State ?? "no SQLSTATE"}: {Says}");

    /// <summary>Before any statement: nothing has happened.</summary>
    public ExternalCallException AtOpen(string what) =>
        new($"{what}: {Says}.", mayHaveHappened: false, transient: Transient && !RefusesLogin, code: State ?? "NoAnswer");

    /// <summary>During a statement: refused by the server, or a lost answer. A server that is shutting down may have gone on.</summary>
    /// <param name="what">For a person.</param>
    /// <param name="begun">True when an earlier statement of the same change has had its effect.</param>
    public ExternalCallException AtStatement(string what, bool begun)
    {
        var lost = begun || State is null || State.StartsWith("57P", StringComparison.Ordinal) || State.StartsWith("58", StringComparison.Ordinal) || State.StartsWith("XX", StringComparison.Ordinal);
        var remedy = State == PostgresErrorCodes.InsufficientPrivilege ? " Grant the owner role the rights that 'nhi kinds' lists." : "";
        return new ExternalCallException($"{what}: {Says}.{remedy}", mayHaveHappened: lost, Transient, State ?? "NoAnswer");
    }
}
