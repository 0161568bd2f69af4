using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Signing;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Publishing;

/// <summary>
/// Cursors that only instances of the product can move: each value is signed with the key that signs their records, for that cursor's name. Whoever has the state account alone cannot say that something was told, read, judged or verified; what he writes alarms, and reads as no place at all.
/// An older value that he puts back has things done twice.
/// </summary>
public sealed partial class SignedCursors(ICursors cursors, Producer producer, ILogger<SignedCursors>? logger = null) : ICursors
{
    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;

    public async Task<Cursor?> ReadAsync(string name, CancellationToken ct)
    {
        if (await cursors.ReadAsync(name, ct) is not { } cursor)
            return null;
        var judge = await AskAsync(() => producer.AuthenticityAsync(ct));
        var value = SignedText.Read(judge, Purpose(name), cursor.Value);
        if (value is null)
            LogUnsigned(name);
        return cursor with { Value = value ?? "" };
    }

    public async Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
    {
        var identity = await AskAsync(() => producer.IdentityAsync(ct));
        return await cursors.TryMoveAsync(name, SignedText.Sign(identity, Purpose(name), value), from, ct) is { } moved ? moved with { Value = value } : null;
    }

    private static string Purpose(string name) => $"cursor {name}";

    [LoggerMessage(4303, LogLevel.Critical, "What {Cursor} says is signed by no instance of the product: somebody wrote the table Cursors. It counts as no place, and begins anew")]
    private partial void LogUnsigned(string cursor);

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
