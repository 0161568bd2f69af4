namespace Nhi.Local.Demo;

/// <summary>How the demo is played.</summary>
/// <param name="StateFolder">Where the estate is kept; null = a temporary one.</param>
/// <param name="Json">Standard output gets the summary alone.</param>
/// <param name="ExportFolder">Where the evidence containers are written as folders; null = nowhere.</param>
internal sealed record DemoOptions(string? StateFolder, bool Json, string? ExportFolder);
