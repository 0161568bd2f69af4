using System.Text.RegularExpressions;

namespace Nhi.Evidence.Storage;

/// <summary>Names that this product gives to blobs: segments of <c>[A-Za-z0-9._~-]</c>, none of dots alone, none hidden.</summary>
public static partial class BlobNames
{
    /// <summary>True for a name that may be a path below a folder too: it never leaves it.</summary>
    public static bool IsOurs(string name) => name.Length <= 512 && Pattern().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
