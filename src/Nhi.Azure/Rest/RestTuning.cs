using Azure.Core.Pipeline;

namespace Nhi.Azure.Rest;

/// <summary>How the pipelines behave. All times are real time; the defaults are the product's.</summary>
public sealed record RestTuning
{
    /// <summary>Further tries of a read.</summary>
    public int ReadRetries { get; init; } = 3;

    /// <summary>Before the first further try of a read; doubled by the pipeline.</summary>
    public TimeSpan ReadRetryDelay { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Of one try. It must stay well below the settle window of a kind.</summary>
    public TimeSpan NetworkTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a long-running operation is followed, its resource's row being renewed with each poll. Later it is a lost answer: whoever holds the row next, a settle window after the last renewal, looks back.</summary>
    public TimeSpan LongestOperation { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>The transport, where it is not Azure.Core's own.</summary>
    public HttpPipelineTransport? Transport { get; init; }
}
