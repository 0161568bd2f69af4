namespace Nhi.Cli.Output;

/// <summary>What a command cannot do, in one line with its remedy.</summary>
internal sealed class CliFailure(string message, int exit = ExitCode.Usage) : Exception(message)
{
    public int Exit => exit;
}
