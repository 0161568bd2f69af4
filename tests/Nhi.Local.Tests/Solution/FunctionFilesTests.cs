namespace Nhi.Local.Tests.Solution;

public sealed class FunctionFilesTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "NhiFunctions", "Functions"), "*.cs").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_holds_one_function_of_its_name_with_a_body_of_ten_lines_at_most(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "src", "NhiFunctions", "Functions", file));
        string name = Path.GetFileNameWithoutExtension(file);
        Assert.Equal(2, text.Split("[Function(").Length);
        Assert.Contains($"[Function(nameof({name}))]", text, StringComparison.Ordinal);
        Assert.Contains($"public sealed class {name}(", text, StringComparison.Ordinal);
        Assert.InRange(BodyLines(text), 1, 10);
    }

    [Fact]
    public void A_body_is_counted_between_its_braces_or_to_its_semicolon()
    {
        Assert.Equal(1, BodyLines("[Function(\"X\")]\npublic Task Run(string a) => b(a);\n}\n"));
        Assert.Equal(3, BodyLines("[Function(\"X\")]\npublic Task Run(string a)\n    => b(\n        a,\n        c);\n}\n"));
        Assert.Equal(11, BodyLines("[Function(\"X\")]\npublic void Run(string a)\n{\n" + string.Concat(Enumerable.Repeat("    if (a) { b(); }\n", 11)) + "}\n}\n"));
    }

    private static int BodyLines(string text)
    {
        string method = text[text.IndexOf("[Function(", StringComparison.Ordinal)..];
        int arrow = method.IndexOf("=>", StringComparison.Ordinal);
        int open = method.IndexOf('{');
        if (arrow >= 0 && (open < 0 || arrow < open))
            return Lines(method[arrow..(method.IndexOf(';', arrow) + 1)]);
        int depth = 0;
        for (int i = open; i < method.Length; i++)
        {
            depth += method[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return Lines(method[(open + 1)..i]);
        }

        throw new InvalidOperationException("The body has no end.");
    }

    private static int Lines(string body) => body.Split('\n').Count(line => line.Trim().Length > 0);
}
