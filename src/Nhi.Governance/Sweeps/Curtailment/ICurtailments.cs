using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>The rows of the table <c>Removals</c> that are about roles. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface ICurtailments
{
    Task<IReadOnlyList<CurtailmentNote>> OfAsync(ResourceId identity, CancellationToken ct);

    /// <summary>All rows in no order, page by page.</summary>
    IAsyncEnumerable<CurtailmentNote> ListAsync(CancellationToken ct);

    /// <summary>Writes one in place of an earlier one.</summary>
    Task WriteAsync(CurtailmentNote note, CancellationToken ct);
}
