namespace Nhi.Governance.Credentials;

/// <summary>
/// A vault, provider, table or store did not do what was asked, or did not say whether it did.
/// The message names the thing and never holds a credential value.
/// </summary>
public sealed class ExternalCallException : Exception
{
    /// <param name="what">What was asked of whom, and what came back, without any value.</param>
    /// <param name="mayHaveHappened">True when a change was sent and no answer says that it was refused: a lost answer.</param>
    /// <param name="transient">True when the same call may succeed later (throttled, unavailable); false when a person must act.</param>
    /// <param name="code">The service's own error code, or an HTTP status, or null.</param>
    /// <param name="inner">The cause; it must not hold a value either.</param>
    public ExternalCallException(string what, bool mayHaveHappened, bool transient, string? code = null, Exception? inner = null)
        : base(what, inner) => (MayHaveHappened, Transient, Code) = (mayHaveHappened, transient, code);

    public ExternalCallException() : this("An external call failed.", true, true) { }
    public ExternalCallException(string message) : this(message, true, true) { }
    public ExternalCallException(string message, Exception innerException) : this(message, true, true, null, innerException) { }

    /// <summary>True for a lost answer: what was asked may have happened, or may still happen.</summary>
    public bool MayHaveHappened { get; }

    /// <summary>True when trying again later makes sense.</summary>
    public bool Transient { get; }

    /// <summary>How long the service asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The service's own code, e.g. <c>Throttled</c>, <c>ObjectIsDeletedButRecoverable</c>, <c>PolicyViolation</c>.</summary>
    public string? Code { get; }
}
