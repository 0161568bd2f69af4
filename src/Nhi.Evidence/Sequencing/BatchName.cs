using System.Globalization;

namespace Nhi.Evidence.Sequencing;

/// <summary>Names of batches depend on their number alone: <c>log/000012/000012345.batch.txt</c>, a folder per thousand.</summary>
public static class BatchName
{
    public const string Root = "log/";

    public const string ContentType = "text/plain; charset=utf-8";

    public static string Of(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        return string.Create(CultureInfo.InvariantCulture, $"log/{number / 1_000:D6}/{number:D9}.batch.txt");
    }
}
