using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>A request that got no answer: it can have left, unless no connection was ever made.</summary>
internal static class NoAnswer
{
    public static ExternalCallException Of(string what, Exception failure, bool change)
    {
        var why = Innermost(failure);
        var unsent = why is HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        };
        return new ExternalCallException($"{what}: no answer ({Name(why)}).", mayHaveHappened: change && !unsent, transient: true, code: "NoAnswer");
    }

    /// <summary>For a person, without anything that came over the wire.</summary>
    public static string Name(Exception failure) => Innermost(failure) switch
    {
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http => http.HttpRequestError.ToString(),
        OperationCanceledException => "timed out",
        var other => other.GetType().Name,
    };

    /// <summary>Through the wrappings of the pipeline, down to what says how far the request came.</summary>
    private static Exception Innermost(Exception failure) => failure switch
    {
        HttpRequestException => failure,
        AggregateException { InnerExceptions: [.., var last] } => Innermost(last),
        { InnerException: { } inner } and not OperationCanceledException => Innermost(inner),
        _ => failure,
    };
}
