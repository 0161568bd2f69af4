using Nhi.Local;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Overlap class retire: a value that opens nothing the product knows; what is superseded is disabled after its overlap.</summary>
internal sealed class GeneratedSubject(World world, string name) : Subject(world, name)
{
    public override string Kind => "generated";

    public override bool IsPaid(IReadOnlyList<SubjectVersion> versions) => Superseded(versions).All(version => !version.Enabled);

    /// <summary>Whoever compares with what the vault holds enabled lets it in.</summary>
    public override Task<bool> OpensAsync(string value) => Task.FromResult(Versions.Any(version => version.Enabled && version.Value == value));

    public override Task<int> LivingAsync() => Task.FromResult(Versions.Count(version => version.Enabled));

    protected override Task<(string Value, string? Resource)> MakeAsync() => Task.FromResult<(string, string?)>(($"made by hand for {Name}", null));
}
