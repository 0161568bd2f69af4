using Azure.Core;
using Azure.Core.Pipeline;

namespace Nhi.Azure.Pipeline;

/// <summary>What every SDK client of the product is equipped with: counted calls, bounded waits, no bodies in any log.</summary>
/// <param name="calls">Where requests are counted.</param>
/// <param name="transport">Another transport than the SDK's own; null in Azure.</param>
public sealed class ClientEquipment(CallCounter calls, HttpPipelineTransport? transport = null)
{
    /// <summary>How long one request may take. A write that took longer counts as lost, so it lies well below the shortest lease.</summary>
    public static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(30);

    /// <param name="options">The options of the client to be made.</param>
    /// <param name="service">What its calls are counted as.</param>
    /// <param name="resend">True for reads. False for changes: the SDK would send them twice, and the second answer says nothing about the first.</param>
    public T Equip<T>(T options, string service, bool resend) where T : ClientOptions
    {
        options.Retry.MaxRetries = resend ? 3 : 0;
        options.Retry.NetworkTimeout = NetworkTimeout;
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.ApplicationId = "nhi";
        options.AddPolicy(new CountingPolicy(calls, service), HttpPipelinePosition.PerRetry);
        if (transport is not null)
            options.Transport = transport;
        return options;
    }
}
