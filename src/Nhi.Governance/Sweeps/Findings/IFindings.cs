using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Findings;

/// <summary>The table <c>Findings</c>. Derived: sweeps fill it again. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IFindings
{
    /// <summary>Open findings about one subject.</summary>
    Task<IReadOnlyList<Finding>> OfAsync(string subject, CancellationToken ct);

    /// <summary>All findings in no order, page by page; resolved ones too where <paramref name="resolved"/> says so.</summary>
    IAsyncEnumerable<Finding> ListAsync(bool resolved, CancellationToken ct);

    /// <summary>Writes one, in place of an earlier one of the same <see cref="Finding.Key"/>.</summary>
    Task WriteAsync(Finding finding, CancellationToken ct);
}
