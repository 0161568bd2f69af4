using System.Globalization;

namespace Nhi.Governance.Publishing;

/// <summary>Named places in the table <c>Cursors</c>: how far a sink, a sequencer's hint or the hourly count of rejections has come. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer.</summary>
public interface ICursors
{
    /// <summary>Null when nobody moved it yet.</summary>
    Task<Cursor?> ReadAsync(string name, CancellationToken ct);

    /// <summary>
    /// Moves it if it stands where <paramref name="from"/> was read (null: if it is not there yet). Null when somebody else moved it meanwhile.
    /// A name is 1 to 100 letters, digits, dots and dashes; a value at most 30,000 characters.
    /// </summary>
    Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct);
}

/// <summary><paramref name="Value"/>: what its owner wrote; <paramref name="ETag"/>: for the next move.</summary>
public sealed record Cursor(string Value, string ETag)
{
    /// <summary>The value as an instant (UTC), as <see cref="Of"/> writes it; null for another one.</summary>
    public DateTimeOffset? Instant =>
        DateTimeOffset.TryParse(Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    /// <summary>The value of a cursor that says how far something came in time.</summary>
    public static string Of(DateTimeOffset instant) => instant.ToString("O", CultureInfo.InvariantCulture);
}
