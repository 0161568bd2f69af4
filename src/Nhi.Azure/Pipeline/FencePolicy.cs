using Azure.Core;
using Azure.Core.Pipeline;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Pipeline;

/// <summary>Asks the fence of a message once its token is at hand, right before it is sent. It stands behind the policy that gets the token; a request without one (a vault's challenge) changes nothing and passes.</summary>
internal sealed class FencePolicy : HttpPipelinePolicy
{
    /// <summary>What is sent until it is disposed of has that fence; what the fence itself sends has none.</summary>
    public static IDisposable Of(IFence fence) => HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?> { [Property] = fence });

    private const string Property = "nhi.fence";

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException("Nothing is sent synchronously.");

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.TryGetProperty(Property, out var property) && property is IFence fence && message.Request.Headers.Contains(HttpHeader.Names.Authorization))
            using (HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?> { [Property] = null }))
                await fence.ReadyAsync(message.CancellationToken);
        await ProcessNextAsync(message, pipeline);
    }
}
