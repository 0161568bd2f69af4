using System.Globalization;
using Nhi.Cli.Shapes;
using Spectre.Console;

namespace Nhi.Cli.Output;

/// <summary>Writes an answer to standard output: JSON and nothing else, or tables.</summary>
internal static class Screen
{
    /// <summary>Where nobody watches (a pipe, a file), lines are not wrapped at a terminal's width.</summary>
    private const int WidthOfAPipe = 240;

    public static void Write(Answer answer, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(CliJson.Text(answer.Shape));
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthOfAPipe;
        foreach (var block in answer.Blocks)
            Write(console, block);
    }

    private static void Write(IAnsiConsole console, Block block)
    {
        if (block.Columns.Count == 0)
        {
            foreach (var row in block.Rows)
                Console.Out.WriteLine(Plain(row[0]));
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in block.Columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)));
        foreach (var row in block.Rows)
            table.AddRow(row.Select(cell => new Text(Plain(cell))));
        console.Write(table);
    }

    /// <summary>Names and tags are other people's text: no control characters reach a terminal.</summary>
    private static string Plain(string text) => new([.. text.Select(c => char.IsControl(c) && c != '\n' ? '?' : c)]);

    public static string At(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "-";
}
