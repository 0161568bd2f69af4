using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Nhi.Local.Demo.Screen;

/// <summary>Tells the story as it happens: on a terminal over a live line of counts, else as plain lines.</summary>
internal sealed class Narrator(IAnsiConsole console, bool live)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>The line of counts at the bottom of a terminal.</summary>
    public Func<string>? Board { get; set; }

    /// <summary>Governance time, for what is told with a date.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>On this writer; <paramref name="terminal"/>: somebody looks on.</summary>
    public static Narrator On(TextWriter writer, bool terminal)
    {
        var settings = terminal
            ? new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) }
            : new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer) };
        var console = AnsiConsole.Create(settings);
        if (!terminal) console.Profile.Width = 200;
        return new Narrator(console, terminal && console.Profile.Capabilities.Ansi);
    }

    /// <summary>Plays what is told, with the live line if there is a terminal.</summary>
    public async Task TellAsync(Func<Task> story)
    {
        if (!live)
        {
            await story();
            return;
        }

        await console.Live(new Text("")).AutoClear(true).StartAsync(async context =>
        {
            var told = story();
            while (!told.IsCompleted)
            {
                await Task.WhenAny(told, Task.Delay(Beat, TimeProvider.System));
                if (Board is { } board) context.UpdateTarget(new Markup($"[grey on grey15] {Markup.Escape(board())} [/]"));
            }

            await told;
        });
    }

    public void Chapter(int number, string title)
    {
        Line("", "");
        Line($"{number}  {title}", $"[bold yellow]{number}  {Markup.Escape(title)}[/]");
    }

    /// <summary>A sentence.</summary>
    public void Say(string text) => Line($"   {text}", $"   {Markup.Escape(text)}");

    /// <summary>Something that happened, with its governance time.</summary>
    public void Event(string text)
    {
        var at = Clock.GetUtcNow().ToString("MMM dd HH:mm", CultureInfo.InvariantCulture);
        Line($"   {at}  {text}", $"   [blue]{at}[/]  {Markup.Escape(text)}");
    }

    /// <summary>Something to read as it stands.</summary>
    public void Show(string text)
    {
        foreach (var line in text.Split('\n')) Line($"     {line.TrimEnd()}", $"     [grey]{Markup.Escape(line.TrimEnd())}[/]");
    }

    /// <summary>A claim and whether it holds.</summary>
    public void Checked(string claim, bool holds) =>
        Line($"   {(holds ? "ok   " : "FALSE")} {claim}", holds ? $"   [green]ok[/]    {Markup.Escape(claim)}" : $"   [red]FALSE[/] {Markup.Escape(claim)}");

    public void Write(IRenderable what)
    {
        console.Write(what);
        console.WriteLine();
    }

    /// <summary>On a terminal a line is written over the live one, and has to cover it.</summary>
    private void Line(string text, string markup) => console.MarkupLine(live ? markup + new string('\u00a0', Math.Max(0, console.Profile.Width - 1 - text.Length)) : markup);
}
