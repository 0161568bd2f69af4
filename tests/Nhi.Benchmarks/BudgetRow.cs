using System.Globalization;

namespace Nhi.Benchmarks;

/// <summary>A line of the table, as README has it. A test holds README against it.</summary>
/// <param name="What">What is measured; <c>{0}</c>: a number of this run.</param>
/// <param name="Beside">What it is a ratio of; <c>{0}</c> likewise.</param>
/// <param name="AtLeast">The budget, or null.</param>
/// <param name="AtMost">The budget, or null.</param>
/// <param name="Format">How the measured number is shown.</param>
internal sealed record BudgetRow(string What, string Beside, double? AtLeast = null, double? AtMost = null, string Format = "0.00")
{
    private const string Raw = "raw SHA-256 of the same bytes";
    private const string Bare = "an ECDSA verification and two SHA-256 of each record";
    private const string Alone = "{0} of that alone, on this core";

    internal const string Head = "| what | beside | budget | measured |\n| --- | --- | --- | --- |";

    internal static BudgetRow Bundles { get; } = new("leaves and root from entry bundles", Raw, 0.4);
    internal static BudgetRow Verification { get; } = new("full verification without producers' signatures, {0}-byte records", Raw, 0.3);
    internal static BudgetRow VerificationBytes { get; } = new("bytes that it allocates", "a record", Format: "N0");
    internal static BudgetRow TwoCores { get; } = new("the same on two cores", "on one, by the clock: for an idle machine", 1.6);
    internal static BudgetRow TwoCoresRaw { get; } = new("raw SHA-256 of the same bytes on two threads", "on one, by the clock: what the machine gives");
    internal static BudgetRow TwoCoresAtBest { get; } = new("the same on two cores, at best", "on one, twice the ratio of processor times");
    internal static BudgetRow Held { get; } = new("bytes that a verification holds at its end", "each record more", AtMost: 64, Format: "0");
    internal static BudgetRow Tiles { get; } = new("tiles read for one proof among a million records, at most", "", AtMost: 5, Format: "0");
    internal static BudgetRow Signatures { get; } = new("full verification with producers' signatures", "as many raw ECDSA verifications", 0.8);
    internal static BudgetRow Sequencing { get; } = new("sequencing without the index: batches, checkpoints, tiles", Bare);
    internal static BudgetRow Sequenced { get; } = new("records sequenced a second of one core", Alone, 10_000, Format: "N0");
    internal static BudgetRow SequencingBytes { get; } = new("bytes that sequencing allocates", "a record", Format: "N0");
    internal static BudgetRow Indexing { get; } = new("sequencing with the index: batches, checkpoints, tiles", Bare);
    internal static BudgetRow Indexed { get; } = new("records sequenced a second of one core, with the index", Alone, 10_000, Format: "N0");

    /// <summary>In the order of the table.</summary>
    internal static IReadOnlyList<BudgetRow> All { get; } =
        [Bundles, Verification, VerificationBytes, TwoCores, TwoCoresRaw, TwoCoresAtBest, Held, Tiles, Signatures, Sequencing, Sequenced, SequencingBytes, Indexing, Indexed];

    /// <summary>The line, in Markdown.</summary>
    /// <param name="value">What was measured.</param>
    /// <param name="number">The number for <c>{0}</c>, as it is shown.</param>
    internal string Line(double value, string number = "")
    {
        var budget = AtLeast is { } least ? string.Create(CultureInfo.InvariantCulture, $"≥ {least:#,0.##}") : AtMost is { } most ? string.Create(CultureInfo.InvariantCulture, $"≤ {most:#,0.##}") : "";
        var missed = value < AtLeast || value > AtMost ? ", missed" : "";
        string[] cells = [With(What, number), With(Beside, number), budget, value.ToString(Format, CultureInfo.InvariantCulture) + missed];
        return "|" + string.Concat(cells.Select(cell => cell.Length == 0 ? " |" : $" {cell} |"));
    }

    private static string With(string text, string number) => text.Replace("{0}", number, StringComparison.Ordinal);
}
