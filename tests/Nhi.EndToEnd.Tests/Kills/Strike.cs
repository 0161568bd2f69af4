using System.Globalization;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>What befalls the host.</summary>
internal enum Blow
{
    /// <summary>SIGKILL, and another one is started.</summary>
    Kill,

    /// <summary>SIGSTOP, for longer than a lease; another one takes over, then SIGCONT.</summary>
    Freeze,
}

/// <summary>On which side of a request's effect.</summary>
internal enum Moment
{
    /// <summary>The request has left, and has no effect: never (kill), or only when the host wakes (freeze).</summary>
    Before,

    /// <summary>The effect is there, and not one byte of the answer.</summary>
    After,
}

/// <summary>A request of the undisturbed run: its number, what it is, and how many of its like there were up to it.</summary>
internal sealed record WirePoint(int Number, string What, int Occurrence)
{
    /// <summary>Posts that change nothing: tokens, signatures, keys that are read.</summary>
    private static readonly string[] Asking = ["POST token", "POST keys one", "POST listKeys"];

    /// <summary>It may change what others see. A host that dies between two of these dies at the same point, however many requests it reads in between.</summary>
    public bool IsWrite => !What.Contains(" GET", StringComparison.Ordinal) && !What.Contains(" HEAD", StringComparison.Ordinal) && !Asking.Any(asking => What.EndsWith(asking, StringComparison.Ordinal));
}

/// <summary>What befalls the host at which request.</summary>
internal sealed record Strike(WirePoint Point, Blow Blow, Moment Moment)
{
    /// <summary>As <c>NHI_KILLS</c> takes it after the class.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Blow} {Moment} {Point.Occurrence} {Point.What}");
}
