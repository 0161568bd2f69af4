using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>Inside the process of a <see cref="NhiDesk"/>: a line of standard input is the arguments of one run (a JSON array), a line of standard output its exit code, output and errors (another).</summary>
internal static class Serving
{
    /// <summary>The variable that asks for it: <see cref="Quiet"/>, or <see cref="Listening"/> with all that <see cref="StartupHook"/> hears.</summary>
    public const string Switch = "NHI_TESTS_SERVE";

    public const string Quiet = "quiet";

    public const string Listening = "listening";

    /// <summary>Runs the program's own entry point until standard input ends, and then ends the process.</summary>
    public static void Run()
    {
        // What the program reads of its command line is that of each run; its path is the first word of this one's.
        var main = Assembly.LoadFrom(Path.GetFullPath(Environment.GetCommandLineArgs()[0])).EntryPoint!;
        using var requests = new StreamReader(Console.OpenStandardInput());
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var (output, errors) = (new StringWriter(), new StringWriter());
        Console.SetIn(TextReader.Null);
        Console.SetOut(output);
        Console.SetError(errors);
        while (requests.ReadLine() is { } line)
        {
            var exit = RunOnce(main, JsonSerializer.Deserialize<string[]>(line)!);
            // What a thread in the background says after its run belongs to the next one: nothing is lost.
            answers.WriteLine(JsonSerializer.Serialize((string[])[exit.ToString(CultureInfo.InvariantCulture), Taken(Console.Out, output), Taken(Console.Error, errors)]));
        }

        Environment.Exit(0);
    }

    /// <summary>The console locks itself for each write.</summary>
    private static string Taken(TextWriter console, StringWriter kept)
    {
        lock (console)
        {
            var text = kept.ToString();
            kept.GetStringBuilder().Clear();
            return text;
        }
    }

    private static int RunOnce(MethodInfo main, string[] arguments)
    {
        try
        {
            return (int)main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments], null)!;
        }
        catch (Exception unhandled)
        {
            Console.Error.WriteLine($"Unhandled exception. {unhandled}");
            return 134;
        }
    }
}
