namespace Nhi.Cli.Output;

/// <summary>What <c>nhi</c> exits with.</summary>
internal static class ExitCode
{
    public const int Fine = 0;
    public const int Findings = 1;
    public const int Usage = 2;
    public const int Failed = 3;

    /// <summary>A human has to act.</summary>
    public const int Human = 42;
}
