using Nhi.Governance.Credentials;

namespace Nhi.Governance.Debts;

/// <summary>The table <c>Debts</c>. Every method throws <see cref="ExternalCallException"/> when it cannot answer. What an attempt tried and what a person holds back stand in one row, and neither's word is lost to the other's.</summary>
public interface IDebts
{
    /// <summary>The notes of one resource.</summary>
    Task<IReadOnlyList<DebtNote>> OfAsync(ResourceId resource, CancellationToken ct);

    /// <summary>
    /// Changes what is noted of a handle, and nothing that <paramref name="change"/> leaves as it was: a person needs no row to hold a debt while an attempt notes why it waits.
    /// It is called again with what is there where somebody else was faster.
    /// </summary>
    Task<DebtNote> ChangeAsync(ResourceId resource, string handle, Func<DebtNote, DebtNote> change, CancellationToken ct);

    IAsyncEnumerable<DebtNote> ListAsync(CancellationToken ct);
}
