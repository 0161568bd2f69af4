using Nhi.Governance.Sweeps.Removal;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Demo.Screen;
using Nhi.Local.Demo.Story;

namespace Nhi.Local.Demo;

/// <summary>Starts the world, plays the story on it, sums it up, and leaves nothing running.</summary>
internal static class DemoRun
{
    /// <summary>Everything that was claimed is so.</summary>
    public const int Fine = 0;

    /// <summary>A claim is false, or something broke.</summary>
    public const int Failed = 3;

    public static async Task<int> RunAsync(DemoOptions options, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        var narrator = Narrator.On(options.Json ? Console.Error : Console.Out, options.Json ? !Console.IsErrorRedirected : !Console.IsOutputRedirected);
        var work = Directory.CreateTempSubdirectory("nhi-demo-").FullName;
        try
        {
            var (summary, claims) = await PlayAsync(options, narrator, work, ct);
            narrator.Say($"{claims.Count} claims were checked, in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s{(claims.AllHold ? ": all are so." : $". NOT SO: {string.Join("; ", claims.Failed)}")}");
            if (options.Json) await Console.Out.WriteLineAsync(summary.ToJson());
            return summary.Ok ? Fine : Failed;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            narrator.Say("Interrupted; everything that was started has been ended.");
            return Failed;
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            narrator.Checked($"the demo broke: {broken.Message}", holds: false);
            narrator.Show(broken.ToString());
            if (options.Json) await Console.Out.WriteLineAsync(Summary.Broken.ToJson());
            return Failed;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<(Summary Summary, Checks.Claims Claims)> PlayAsync(DemoOptions options, Narrator narrator, string work, CancellationToken ct)
    {
        var folder = options.StateFolder is { } state ? Path.GetFullPath(state) : null;
        await using var world = await World.StartAsync(new WorldOptions
        {
            EstateFolder = folder,
            Vaults = DemoEstate.Vaults,
            PolicyFile = await DemoPolicy.WriteAsync(folder ?? work, ct),
            LeaseScale = Stage.LeaseScale,
            Progress = line => narrator.Say(line),
        }, ct);
        if (folder is not null) await SettingsFile.WriteAsync(folder, world.Settings, ct);
        narrator.Clock = world.Clock;
        await using var stage = new Stage(world, narrator, Path.Combine(folder ?? work, "host.log"));
        narrator.Board = () => $"{world.Clock.GetUtcNow():yyyy-MM-dd HH:mm}Z   logins {stage.Consumers.Logins}, refused {stage.Consumers.Failures}   requests of the product {world.Traffic.Total}";
        await narrator.TellAsync(async () =>
        {
            var number = 0;
            foreach (var chapter in TheStory.Of(options, stage.Seeder.IsThere))
            {
                narrator.Chapter(++number, chapter.Title);
                await chapter.PlayAsync(stage, ct);
            }
        });
        return (Sum(stage), stage.Claims);
    }

    private static Summary Sum(Stage stage)
    {
        var evidence = stage.Evidence!;
        var secrets = VaultView.Read(stage.World);
        return new Summary(
            stage.Claims.AllHold,
            secrets.Count,
            secrets.Sum(secret => secret.Versions.Count(version => version.IsOurs)),
            secrets.Sum(secret => secret.Revoked),
            stage.Duplicates,
            stage.Forged.GetValueOrDefault("door") + evidence.Disbelieved,
            evidence.Recovered,
            stage.Consumers.Logins,
            stage.Consumers.Failures,
            evidence.Records.Count,
            evidence.OpenIntents.Count,
            evidence.FindingsBySignal(),
            evidence.Steps(RemovalVerbs.Quarantine).Count,
            evidence.Steps(RemovalVerbs.Restore).Count,
            evidence.Steps(RemovalVerbs.Remove).Count,
            evidence.UngovernedChanges,
            evidence.EventsMissed);
    }
}
