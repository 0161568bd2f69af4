namespace Nhi.Cli.Output;

/// <summary>What a command found: for <c>--json</c> (<paramref name="Shape"/>, one of <see cref="Shapes.CommandShapes"/>), and as tables and lines for a person.</summary>
internal sealed record Answer(object Shape, IReadOnlyList<Block> Blocks, int Exit = ExitCode.Fine);

/// <summary>A table (with <paramref name="Columns"/>) or, without columns, lines of text: one cell a row.</summary>
internal sealed record Block(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public static Block Lines(params IEnumerable<string> lines) => new([], [.. lines.Select(line => (IReadOnlyList<string>)[line])]);
}
