using CsCheck;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

public sealed class HonestLogTests
{
    private static readonly string[] Steps = ["operate", "operate", "operate", "fail", "reconcile", "sweep", "run", "run", "minute", "half an hour", "a day", "restart", "rotate", "twice"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_of_some_hours_has_no_finding_and_every_record_was_read()
    {
        using var log = await HonestLog.CreateAsync();
        var report = await log.VerifyAsync(options => options with { Index = log.Index });
        Assert.Equal("", Told(report));
        Assert.True(report.IsClean);
        Assert.Equal(0, report.ExitCode);
        var verified = Assert.Single(report.Logs);
        Assert.Equal(verified.Records, verified.RecordsRead);
        Assert.True(verified is { Records: > 24, Batches: > 3 } && verified.Checkpoints == verified.Batches, verified.ToString());
        Assert.NotNull(verified.Head?.Checkpoint);
    }

    [Fact]
    public Task An_honest_log_of_any_shape_has_no_finding() => Gen.Int[0, Steps.Length - 1].Array[0, 40].SampleAsync(async steps =>
    {
        using var log = new HonestLog();
        List<VerificationReport> reports = [];
        for (var i = 0; i < steps.Length; i++)
        {
            await StepAsync(log, Steps[steps[i]], i);
            if (i % 10 == 9)
                reports.Add(await TimedAsync(log));
        }

        await TimedAsync(log);
        var last = reports.Count == 0 || reports[^1].Logs[0].Head?.Checkpoint is not { } note ? [] : (ReadOnlyMemory<byte>[])[System.Text.Encoding.UTF8.GetBytes(note)];
        reports.Add(await log.VerifyAsync(options => options with { SavedCheckpoints = last, Index = log.Index }));
        reports.Add(await log.VerifyAsync(options => options with { SavedCheckpoints = last, Level = VerifyLevel.Delta }));
        reports.Add(await log.VerifyAsync(options => options with { SavedCheckpoints = last, Level = VerifyLevel.Quick }));
        foreach (var report in reports)
            Assert.Equal("", Told(report, steps));
    }, iter: 25, threads: 1);

    /// <summary>The timer has run, each minute: no seal is late.</summary>
    private static async Task<VerificationReport> TimedAsync(HonestLog log)
    {
        await log.RunAsync();
        await log.RunAsync();
        return await log.VerifyAsync();
    }

    private static async Task StepAsync(HonestLog log, string step, int number)
    {
        switch (step)
        {
            case "operate":
                await log.OperateAsync($"app-{number % 3}");
                break;
            case "fail":
                await log.OperateAsync($"app-{number % 3}", "FAILED");
                break;
            case "reconcile":
                await log.OperateAsync($"app-{number % 3}", reconciled: true);
                break;
            case "sweep":
                await log.SweepAsync();
                break;
            case "run":
                await log.RunAsync();
                break;
            case "minute":
                await log.PassAsync(TimeSpan.FromMinutes(1));
                break;
            case "half an hour":
                await log.PassAsync(TimeSpan.FromMinutes(30));
                await log.RunAsync();
                break;
            case "a day":
                await log.PassAsync(TimeSpan.FromDays(1));
                await log.RunAsync();
                await log.RunAsync();
                break;
            case "restart":
                log.Restart();
                break;
            case "rotate":
                log.RotateKey();
                break;
            case "twice":
                await Task.WhenAll(log.RunAsync(), log.RunAsync());
                break;
        }
    }

    internal static string Told(VerificationReport report, params IEnumerable<int> steps) =>
        string.Join('\n', report.Findings.Where(finding => finding.Severity != FindingSeverity.Information).Select(finding => $"{report.Level}: {finding.Kind} {finding.Message} [{string.Join(", ", steps.Select(step => Steps[step]))}]"));
}
