using System.Reflection;

namespace Nhi.Azure;

/// <summary>What this product calls itself in evidence.</summary>
internal static class ProductVersion
{
    public const string Service = "nhi-governor";

    /// <summary>E.g. <c>0.1.0</c>.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
