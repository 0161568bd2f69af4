using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo;

/// <summary>Only the world, at real time, for <c>func start</c> or any other host: prints the settings and waits for Ctrl-C or the end of standard input.</summary>
internal static class EmulatorsRun
{
    public static async Task<int> RunAsync(string? stateFolder, CancellationToken ct)
    {
        var temporary = stateFolder is null;
        var folder = Path.GetFullPath(stateFolder ?? Directory.CreateTempSubdirectory("nhi-estate-").FullName);
        try
        {
            await using var world = await World.StartAsync(new WorldOptions
            {
                EstateFolder = folder,
                Vaults = DemoEstate.Vaults,
                PolicyFile = await DemoPolicy.WriteAsync(folder, ct),
                Start = null,
                Progress = Console.Error.WriteLine,
            }, ct);
            await SettingsFile.WriteAsync(folder, world.Settings, ct);
            var seeder = new EstateSeeder(world);
            if (!seeder.IsThere) await seeder.SeedAsync(ct);
            await Console.Out.WriteLineAsync($"// local.settings.json; also in {Path.Combine(folder, SettingsFile.Name)}");
            await Console.Out.WriteLineAsync(SettingsFile.LocalSettings(world.Settings));
            await Console.Out.WriteLineAsync("# for a shell");
            foreach (var (name, value) in world.Settings) await Console.Out.WriteLineAsync($"export {name}='{value.Replace("'", "'\\''", StringComparison.Ordinal)}'");
            await Console.Out.WriteLineAsync("# the world runs; Ctrl-C or the end of standard input ends it");
            await WaitAsync(ct);
            return DemoRun.Fine;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return DemoRun.Fine;
        }
        finally
        {
            if (temporary && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WaitAsync(CancellationToken ct)
    {
        var ignored = new char[256];
        // Reading blocks a thread on a console, so it takes one of its own.
        var closed = Task.Run(() =>
        {
            while (Console.In.Read(ignored, 0, ignored.Length) > 0)
            {
            }
        }, CancellationToken.None);
        await closed.WaitAsync(ct);
    }
}
