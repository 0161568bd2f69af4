using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>Inside the process of a <see cref="NhiDesk"/>: a line of standard input is the arguments of one run (a JSON array), a line of standard output its exit code, output and errors (another).</summary>
internal static class Serving
{
    /// <summary>The variable that asks for it.</summary>
    public const string Switch = "NHI_TESTS_SERVE";

    /// <summary>Runs the program's own entry point until standard input ends, and then ends the process.</summary>
    public static void Run()
    {
        // What the program reads of its command line is that of each run; its path is the first word of this one's.
        var main = Assembly.LoadFrom(Path.GetFullPath(Environment.GetCommandLineArgs()[0])).EntryPoint!;
        using var requests = new StreamReader(Console.OpenStandardInput());
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetIn(TextReader.Null);
        while (requests.ReadLine() is { } line)
            answers.WriteLine(JsonSerializer.Serialize(RunOnce(main, JsonSerializer.Deserialize<string[]>(line)!)));
        Environment.Exit(0);
    }

    private static string[] RunOnce(MethodInfo main, string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Console.SetOut(output);
        Console.SetError(errors);
        var exit = 134;
        try
        {
            exit = (int)main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments], null)!;
        }
        catch (Exception unhandled)
        {
            errors.WriteLine($"Unhandled exception. {unhandled}");
        }

        return [exit.ToString(System.Globalization.CultureInfo.InvariantCulture), output.ToString(), errors.ToString()];
    }
}
