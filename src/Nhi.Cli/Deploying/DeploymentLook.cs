using Nhi.Azure.Deployments;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;

namespace Nhi.Cli.Deploying;

/// <summary><c>nhi doctor --deployment</c>: what is deployed against what the template says.</summary>
internal static class DeploymentLook
{
    /// <summary>What infra/doctor.sh writes.</summary>
    public static readonly IReadOnlyList<string> Usual = ["infra/main.snapshot.json", "infra/subscriptions.snapshot.json"];

    /// <summary>Exit 1 for differences; 3 where there are none, but not everything could be read. Throws <see cref="CliFailure"/> when the snapshots cannot be used.</summary>
    public static async Task<Answer> RunAsync(IReadOnlyList<string> files, DeploymentReads arm, CancellationToken ct)
    {
        var report = await DeploymentDoctor.ExamineAsync(Read(files.Count > 0 ? files : Usual), arm, ct);
        var shape = new DeploymentShape(
            report.Resources,
            [.. report.Differences.Select(one => new DifferenceShape(one.Kind switch { DifferenceKind.Missing => "missing", DifferenceKind.Differs => "differs", _ => "beyond" }, one.Resource, one.Property, one.What, one.Remedy))],
            [.. report.Unread.Select(one => new UnreadShape(one.Resource, one.Why, one.Remedy))],
            report.NotCompared);
        List<string> lines = [];
        foreach (var one in shape.Differences)
            lines.AddRange([$"{one.Kind}: {one.What}", $"    {one.Remedy}"]);
        foreach (var one in shape.Unread)
            lines.AddRange([$"not read: {(ArmIds.IsOne(one.Resource) ? ArmIds.Text(one.Resource) : one.Resource)}: {one.Why}", $"    {one.Remedy}"]);
        lines.AddRange(shape.NotCompared.Select(one => $"not compared: {one}"));
        lines.Add($"{report.Resources} resources: {Count(report.Differences.Count, "difference")}, {report.Unread.Count} not read");
        return new Answer(shape, [Block.Lines(lines)], report.Differences.Count > 0 ? ExitCode.Findings : report.Unread.Count > 0 ? ExitCode.Failed : ExitCode.Fine);
    }

    private static string Count(int n, string what) => n switch { 0 => $"no {what}", 1 => $"1 {what}", _ => $"{n} {what}s" };

    private static ExpectedDeployment Read(IReadOnlyList<string> files)
    {
        try
        {
            return ExpectedDeployment.Read([.. files.Select(file => (file, File.ReadAllBytes(file)))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"There is no plan to compare with ({string.Join(", ", files)}). infra/doctor.sh RESOURCE-GROUP makes it out of the template and your parameters, and asks again.");
        }
    }
}
