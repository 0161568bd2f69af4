namespace Nhi.Local.Wire;

/// <summary>One request of the product on its way to a service.</summary>
/// <param name="Service">As <see cref="IWireHost.Service"/>, or <c>sql</c>.</param>
/// <param name="Method">HTTP verb, or <c>QUERY</c>.</param>
/// <param name="Host">The host name that was asked for.</param>
/// <param name="Path">Path and query; <c>/</c> for SQL.</param>
/// <param name="Number">From 1, over all services, in the order of arrival.</param>
/// <param name="OfService">From 1, within its service.</param>
public sealed record WireRequest(string Service, string Method, string Host, string Path, long Number, long OfService);

/// <summary>Sees every request of the product twice: what holds or kills there, holds or kills exactly at that point.</summary>
public interface IWireTap
{
    /// <summary>The request has come and has had no effect yet.</summary>
    ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation);

    /// <summary>The effect is there, and the client has not had one byte of the answer.</summary>
    ValueTask AfterAsync(WireRequest request, CancellationToken cancellation);
}
