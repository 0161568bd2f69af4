using Nhi.Governance.Credentials;

namespace Nhi.Governance.Debts;

/// <summary>The table <c>Debts</c>. Every method throws <see cref="ExternalCallException"/> when it cannot answer. The last writer wins: a note decides nothing that cannot be seen again.</summary>
public interface IDebts
{
    /// <summary>The notes of one resource.</summary>
    Task<IReadOnlyList<DebtNote>> OfAsync(ResourceId resource, CancellationToken ct);

    /// <summary>Writes a note, in place of an earlier one of that handle.</summary>
    Task NoteAsync(DebtNote note, CancellationToken ct);

    IAsyncEnumerable<DebtNote> ListAsync(CancellationToken ct);
}
