using System.Globalization;

namespace Nhi.Local.Parts;

/// <summary>A user without rights: PostgreSQL refuses to run as root.</summary>
internal sealed record UnixUser(int Uid, int Gid)
{
    /// <summary>The user to run a database as: null where we are not root, else <c>postgres</c> or <c>nobody</c>.</summary>
    /// <exception cref="PartsException">We are root and neither user exists.</exception>
    public static UnixUser? Unprivileged()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return null;
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var user = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody")
            ?? throw new PartsException("PostgreSQL does not run as root, and this machine has neither the user 'postgres' nor 'nobody': add one.");
        return new UnixUser(int.Parse(user[2], CultureInfo.InvariantCulture), int.Parse(user[3], CultureInfo.InvariantCulture));
    }
}
