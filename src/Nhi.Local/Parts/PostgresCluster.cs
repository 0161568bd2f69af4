using System.Diagnostics;
using System.Security.Cryptography;

namespace Nhi.Local.Parts;

/// <summary>The folders of one PostgreSQL: its data, its sockets, and (when it is kept) the superuser's password.</summary>
internal sealed record PostgresCluster(string Root, string Password)
{
    public string Data => Path.Combine(Root, "data");

    public string Sockets => Path.Combine(Root, "s");

    private static string PasswordFile(string root) => Path.Combine(root, "superuser");

    /// <summary>Makes the cluster with <c>initdb</c>, or finds the one that was made completely before.</summary>
    public static async Task<PostgresCluster> PrepareAsync(PartsCache parts, UnixUser? user, string? folder, CancellationToken cancellation)
    {
        var root = folder ?? TemporaryRoot();
        if (File.Exists(PasswordFile(root)))
            return new PostgresCluster(root, await File.ReadAllTextAsync(PasswordFile(root), cancellation));

        var cluster = new PostgresCluster(root, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        if (Directory.Exists(cluster.Data)) Directory.Delete(cluster.Data, recursive: true);
        Directory.CreateDirectory(cluster.Data);
        Directory.CreateDirectory(cluster.Sockets);
        var handedOver = Path.Combine(root, "initial");
        await File.WriteAllTextAsync(handedOver, cluster.Password, cancellation);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(handedOver, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (user is not null) await ChownAsync(user, root, cancellation);
        }

        await InitialiseAsync(parts, user, cluster, handedOver, cancellation);
        // Written last: a cluster without it is made again.
        File.Move(handedOver, PasswordFile(root));
        return cluster;
    }

    /// <summary>Short, as a socket's path has 107 characters, and not under root's home.</summary>
    private static string TemporaryRoot()
    {
        var within = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? "/var/tmp" : Path.GetTempPath();
        var root = Path.Combine(within, $"nhi-pg-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        Directory.CreateDirectory(root);
        return root;
    }

    private static async Task InitialiseAsync(
        PartsCache parts, UnixUser? user, PostgresCluster cluster, string passwordFile, CancellationToken cancellation)
    {
        await using var initdb = TetheredProcess.Start(parts, "SIGTERM", user,
        [
            parts.PostgresBinary("initdb"), "-D", cluster.Data, "-U", PostgresServer.Superuser, "-A", "scram-sha-256",
            $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]);
        if (await initdb.WaitAsync(cancellation) is not 0 and var code)
            throw new PartsException($"initdb in {cluster.Data} ended with {code}: {initdb.Said}.");
    }

    private static async Task ChownAsync(UnixUser user, string root, CancellationToken cancellation)
    {
        using var chown = Process.Start("chown", ["-R", $"{user.Uid}:{user.Gid}", root]);
        await chown.WaitForExitAsync(cancellation);
        if (chown.ExitCode != 0) throw new PartsException($"chown of {root} ended with {chown.ExitCode}.");
    }
}
