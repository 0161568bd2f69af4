namespace Nhi.Evidence.Records;

/// <summary>The one form of an instant in a record: UTC, <c>yyyy-MM-ddTHH:mm:ss[.fff]Z</c>.</summary>
internal static class RecordInstant
{
    /// <summary>Bytes of the longer form.</summary>
    internal const int Length = 24;

    internal static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset instant)
    {
        instant = default;
        if (text.Length is not (20 or Length) || text[^1] != 'Z' || (text.Length == Length && text[19] != '.') || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
            return false;
        var (year, month, day, hour, minute, second) = (Number(text[..4]), Number(text[5..7]), Number(text[8..10]), Number(text[11..13]), Number(text[14..16]), Number(text[17..19]));
        var milliseconds = text.Length == Length ? Number(text[20..23]) : 0;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || milliseconds < 0)
            return false;
        instant = new DateTimeOffset(year, month, day, hour, minute, second, milliseconds, TimeSpan.Zero);
        return true;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return -1;
            number = (number * 10) + digit - '0';
        }

        return number;
    }
}
