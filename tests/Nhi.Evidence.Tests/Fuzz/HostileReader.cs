using System.Text;

namespace Nhi.Evidence.Tests.Fuzz;

/// <summary>A reader of bytes that anybody may have written: valid examples of what it reads, words of its format, and its law, which throws when it is broken.</summary>
internal sealed record HostileReader(IReadOnlyList<byte[]> Examples, Func<byte[], Task> Law, params string[] Words)
{
    internal Mutator Mutator() => new(Examples, [.. Words.Select(Encoding.UTF8.GetBytes)]);

    internal static HostileReader Of(IReadOnlyList<byte[]> examples, Action<byte[]> law, params string[] words) => new(examples, bytes =>
    {
        law(bytes);
        return Task.CompletedTask;
    }, words);
}
