using System.Globalization;
using System.Text.RegularExpressions;
using Nhi.Benchmarks;

namespace Nhi.Local.Tests.Solution;

/// <summary>README's table of what evidence costs in speed is what the benchmarks print, with what is missed said so.</summary>
public sealed partial class BudgetRowTests
{
    [Fact]
    public void The_table_of_the_readme_is_what_the_benchmarks_print_of_its_numbers()
    {
        var table = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n").Split("<!-- benchmarks -->")[1].Trim('\n');
        var lines = table.Split('\n').Skip(2).ToList();
        Assert.Equal(BudgetRow.All.Count, lines.Count);
        var printed = BudgetRow.All.Zip(lines, (row, line) => row.Line(Measured(line), NumberPattern().Match(line).Value));
        Assert.Equal(table, string.Join('\n', printed.Prepend(BudgetRow.Head)));
    }

    [Theory]
    [InlineData(nameof(BudgetRow.Sequenced), 9_999.4, "| records sequenced a second of one core | 12 of that alone, on this core | ≥ 10,000 | 9,999, missed |")]
    [InlineData(nameof(BudgetRow.Sequenced), 10_000, "| records sequenced a second of one core | 12 of that alone, on this core | ≥ 10,000 | 10,000 |")]
    [InlineData(nameof(BudgetRow.Tiles), 5, "| tiles read for one proof among a million records, at most | | ≤ 5 | 5 |")]
    [InlineData(nameof(BudgetRow.Tiles), 6, "| tiles read for one proof among a million records, at most | | ≤ 5 | 6, missed |")]
    [InlineData(nameof(BudgetRow.VerificationBytes), 1_314, "| bytes that it allocates | a record | | 1,314 |")]
    public void A_budget_that_is_missed_is_said_to_be(string row, double value, string line) =>
        Assert.Equal(line, BudgetRow.All.Single(one => ReferenceEquals(one, typeof(BudgetRow).GetProperty(row, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.GetValue(null))).Line(value, "12"));

    private static double Measured(string line) => double.Parse(line.Split('|')[^2].Replace(", missed", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    /// <summary>What the table says of a run beside what was measured.</summary>
    [GeneratedRegex("[0-9,]+(?=-byte records| of that alone)")]
    private static partial Regex NumberPattern();
}
