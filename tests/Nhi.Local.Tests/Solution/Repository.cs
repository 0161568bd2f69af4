namespace Nhi.Local.Tests.Solution;

/// <summary>Where this repository lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "NhiFunctions.sln")) ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("NhiFunctions.sln is in no folder above the tests; run them from a clone."));
}
