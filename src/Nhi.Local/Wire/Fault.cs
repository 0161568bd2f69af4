namespace Nhi.Local.Wire;

/// <summary>How a service fails until it is told to stop.</summary>
public sealed record Fault
{
    /// <summary>The connection breaks before the request has an effect.</summary>
    public static Fault Down { get; } = new() { Breaks = true };

    /// <summary>Nobody listens there any more: a new connection is refused, an open one breaks before the request has an effect.</summary>
    public static Fault Unreachable { get; } = new() { Breaks = true, RefusesConnections = true };

    internal bool Breaks { get; private init; }

    internal bool RefusesConnections { get; private init; }

    internal TimeSpan Delay { get; private init; }

    internal int Status { get; private init; }

    internal string Code { get; private init; } = "";

    internal int? RetryAfter { get; private init; }

    /// <summary>How many requests it meets; null = all.</summary>
    public int? Times { get; init; }

    /// <summary>Which requests it meets; null = all of the service.</summary>
    public Func<WireRequest, bool>? When { get; init; }

    /// <summary>Every answer comes that much later (real time).</summary>
    public static Fault Slow(TimeSpan by) => new() { Delay = by };

    /// <summary>The request has its effect, and then the connection breaks: the answer is lost.</summary>
    public static Fault LostAnswer() => new() { LosesAnswer = true };

    /// <summary>The request has its effect at once, and its answer comes that much later (real time): after the client's patience, if that is shorter.</summary>
    public static Fault AnswersLate(TimeSpan by) => new() { Lateness = by };

    /// <summary>The request has its effect, and the connection breaks in the middle of the answer's body; an answer without a body is lost whole.</summary>
    public static Fault CutAnswer() => new() { CutsAnswer = true };

    /// <summary>It refuses with this status and code, as 403 <c>AuthorizationFailure</c>, 429 <c>Throttled</c>, 507 <c>InsufficientStorage</c>.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">The service's own error code.</param>
    /// <param name="retryAfter">Seconds of a <c>Retry-After</c>; null = none.</param>
    public static Fault Refusing(int status, string code, int? retryAfter = null) => new() { Status = status, Code = code, RetryAfter = retryAfter };

    /// <summary>
    /// The same, and its message quotes the request: body, authorization and target, as no service should and some do. The database refuses the statement and quotes it (SQLSTATE <c>42601</c>).
    /// </summary>
    public static Fault Echoing(int status, string code) => new() { Status = status, Code = code, Echoes = true };

    internal bool LosesAnswer { get; private init; }

    internal bool CutsAnswer { get; private init; }

    internal TimeSpan Lateness { get; private init; }

    internal bool Echoes { get; private init; }
}
