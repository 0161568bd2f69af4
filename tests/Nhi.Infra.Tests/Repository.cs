namespace Nhi.Infra.Tests;

/// <summary>The working tree that these tests were built in.</summary>
internal static class Repository
{
    public static readonly string Root = Find();

    public static string File(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>A file's text with LF, whatever the checkout made of it.</summary>
    public static string Text(params string[] path) => System.IO.File.ReadAllText(File(path)).ReplaceLineEndings("\n");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "NhiFunctions.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds NhiFunctions.sln: run the tests from the working tree.");
    }
}
