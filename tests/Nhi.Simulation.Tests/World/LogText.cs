using System.Runtime.CompilerServices;

namespace Nhi.Simulation.Tests.World;

/// <summary>A line of the story that costs nothing while nobody reads it.</summary>
[InterpolatedStringHandler]
internal ref struct LogText
{
    private DefaultInterpolatedStringHandler _text;

    public LogText(int literalLength, int formattedCount, SimWorld world, out bool wanted)
    {
        wanted = world.Verbose;
        _text = wanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);
    public string End() => _text.ToStringAndClear();
}
