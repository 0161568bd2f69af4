using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Nhi.Evidence.Storage;

/// <summary>link(2): the one call of POSIX that gives a finished file a name only if nobody has it.</summary>
internal static partial class HardLink
{
    private const int Exists = 17; // EEXIST, on Linux, macOS and the BSDs alike

    /// <summary>False when the name is taken. Throws <see cref="IOException"/> when the file system refuses.</summary>
    internal static bool TryCreate(string file, string name)
    {
        if (Link(file, name) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        return error == Exists ? false : throw new IOException($"No hard link '{name}' could be made: {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string file, string name);
}
