using System.Text.RegularExpressions;

namespace Nhi.Evidence.Storage;

/// <summary>Names that this product gives to blobs: segments of <c>[A-Za-z0-9._~-]</c>, none of dots alone, none hidden.</summary>
internal static partial class BlobNames
{
    internal static bool IsOurs(string name) => name.Length <= 512 && Pattern().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
