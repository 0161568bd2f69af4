using System.Globalization;
using System.Text;

namespace Nhi.Azure.Tests.Budgets;

/// <summary>The table of README's section on budgets, out of what was counted.</summary>
internal static class BudgetPage
{
    public static string Write(CallBudgets budgets)
    {
        var page = new StringBuilder();
        page.AppendLine("| action | evidence PUTs | table calls | Key Vault calls | of them lists | provider calls |");
        page.AppendLine("| --- | --- | --- | --- | --- | --- |");
        foreach (var group in budgets.Events.GroupBy(one => one.Event[(one.Event.IndexOf(", ", StringComparison.Ordinal) + 2)..]))
            Most(page, $"event that needs nothing: {group.Key}", [.. group.Select(one => one.Counted)]);
        foreach (var (name, counted, _) in budgets.Rotations)
            Row(page, $"rotation, `{name}`", counted);
        foreach (var (secrets, changed, counted) in budgets.Sweeps)
            Row(page, string.Create(CultureInfo.InvariantCulture, $"sweep of {secrets} secrets, {changed} changed"), counted);
        return page.ToString();
    }

    private static void Row(StringBuilder page, string what, Counted counted) => Most(page, what, [counted]);

    private static void Most(StringBuilder page, string what, IReadOnlyList<Counted> all)
    {
        page.Append(CultureInfo.InvariantCulture, $"| {what}");
        foreach (var column in (ReadOnlySpan<Func<Counted, long>>)[one => one.EvidencePuts, one => one.Tables, one => one.Vault, one => one.VaultLists, one => one.Providers])
            page.Append(CultureInfo.InvariantCulture, $" | {all.Max(column)}");
        page.AppendLine(" |");
    }
}
