using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Rest;

/// <summary>
/// The one client for ARM and Graph, on Azure.Core's pipeline: reads are retried by the pipeline, a change is sent once.
/// Bodies are neither logged nor put into exceptions. Waits are in real time. Calls are counted as <see cref="Counted"/>.
/// </summary>
public sealed class AzureRest(ICredentialSource credentials, TimeProvider realTime, RestTuning? tuning = null, CallCounter? calls = null)
{
    /// <summary>What calls of providers are counted as.</summary>
    public const string Counted = "provider";

    private readonly RestTuning _tuning = tuning ?? new RestTuning();
    private readonly ConcurrentDictionary<(string Asker, string Environment, string Host, bool Once), HttpPipeline> _pipelines = new();

    /// <summary>Reads, with any verb (<c>listKeys</c> is a POST that changes nothing). Throws <see cref="ExternalCallException"/>.</summary>
    internal async Task<T> ReadAsync<T>(RestCall call, JsonTypeInfo<T> shape, CancellationToken ct) =>
        (await TryReadAsync(call, ct)).OrThrow().As(shape);

    /// <summary>Reads; the caller judges the status. Throws <see cref="ExternalCallException"/> when there was no answer.</summary>
    internal async Task<RestAnswer> TryReadAsync(RestCall call, CancellationToken ct) =>
        new(call, await SendAsync(call, once: false, change: false, ct), change: false);

    /// <summary>
    /// Changes something, sent once, with the token at hand when its fence is asked; a long-running operation is followed to its end. The caller judges the status.
    /// Throws <see cref="ExternalCallException"/> when there was no answer: it says whether the request can have left.
    /// </summary>
    internal async Task<RestAnswer> TryChangeAsync(RestCall call, CancellationToken ct)
    {
        var response = await SendAsync(call, once: true, change: true, ct);
        if (LongRunning.Of(call, response) is { } operation)
            response = await operation.FinishAsync((poll, token) => SendAsync(poll, once: false, change: false, token), _tuning.LongestOperation, realTime, ct);
        return new RestAnswer(call, response, change: true);
    }

    /// <summary>A pipeline without a token and without a second try, for the check that a value opens its provider; <paramref name="last"/> sees a request as it leaves.</summary>
    internal HttpPipeline Anonymous(params HttpPipelinePolicy[] last) => HttpPipelineBuilder.Build(Options(once: true), last);

    private async Task<Response> SendAsync(RestCall call, bool once, bool change, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var pipeline = Pipeline(call, once);
        using var request = pipeline.CreateRequest();
        request.Method = call.Method;
        request.Uri.Reset(new Uri($"https://{call.Host}{call.PathAndQuery}"));
        request.Headers.Add(HttpHeader.Names.Accept, "application/json");
        if (call.Body is { } body)
        {
            request.Headers.Add(HttpHeader.Names.ContentType, "application/json");
            request.Content = RequestContent.Create(body);
        }

        using var fenced = call.Fence is { } fence && change ? FencePolicy.Of(fence) : null;
        try
        {
            return await pipeline.SendRequestAsync(request, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (AuthenticationFailedException failure)
        {
            throw new ExternalCallException($"{call.What}: the {call.Asker}'s identity got no token for {call.Host}. {ServiceText.OneLine(failure.Message, 200)}", mayHaveHappened: false, transient: true, code: "NoToken");
        }
        catch (Exception failure) when (failure is RequestFailedException or AggregateException or OperationCanceledException or IOException)
        {
            throw NoAnswer.Of(call.What, failure, change);
        }
    }

    private HttpPipeline Pipeline(RestCall call, bool once) =>
        _pipelines.GetOrAdd((call.Asker, call.Environment, call.Host, once), key => HttpPipelineBuilder.Build(
            Options(key.Once),
            new BearerTokenAuthenticationPolicy(Identity(call), $"https://{key.Host}/.default"),
            new FencePolicy()));

    private TokenCredential Identity(RestCall call)
    {
        try
        {
            return call.AsWatcher ? credentials.Watcher : call.AsCurtailer ? credentials.Curtailer : credentials.Rotator(call.Environment);
        }
        catch (InvalidOperationException failure)
        {
            throw new ExternalCallException($"{call.What}: {failure.Message}", mayHaveHappened: false, transient: false, code: "NoIdentity", failure);
        }
    }

    private PipelineOptions Options(bool once)
    {
        var options = new PipelineOptions();
        options.Retry.MaxRetries = once ? 0 : _tuning.ReadRetries;
        options.Retry.Delay = _tuning.ReadRetryDelay;
        options.Retry.NetworkTimeout = _tuning.NetworkTimeout;
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        if (calls is not null)
            options.AddPolicy(new CountingPolicy(calls, Counted), HttpPipelinePosition.PerRetry);
        if (_tuning.Transport is { } transport)
            options.Transport = transport;
        return options;
    }

    private sealed class PipelineOptions : ClientOptions;
}
