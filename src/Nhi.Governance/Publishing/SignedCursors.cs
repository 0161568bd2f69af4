using Nhi.Evidence.Signing;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Publishing;

/// <summary>
/// Cursors that only instances of the product can move: each value is signed with the key that signs their records, for that cursor's name. Whoever has the state account alone cannot say that something was told or verified; what he writes reads as no place at all.
/// An older value that he puts back has things told twice.
/// </summary>
public sealed class SignedCursors(ICursors cursors, Producer producer) : ICursors
{
    public async Task<Cursor?> ReadAsync(string name, CancellationToken ct)
    {
        if (await cursors.ReadAsync(name, ct) is not { } cursor)
            return null;
        var judge = await AskAsync(() => producer.AuthenticityAsync(ct));
        return cursor with { Value = SignedText.Read(judge, Purpose(name), cursor.Value) ?? "" };
    }

    public async Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
    {
        var identity = await AskAsync(() => producer.IdentityAsync(ct));
        return await cursors.TryMoveAsync(name, SignedText.Sign(identity, Purpose(name), value), from, ct) is { } moved ? moved with { Value = value } : null;
    }

    private static string Purpose(string name) => $"cursor {name}";

    private static async Task<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (SigningException e)
        {
            throw new ExternalCallException($"A cursor could not be signed or checked: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }
}
