using System.Text;
using Microsoft.Extensions.Time.Testing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Policies.Sources;

namespace Nhi.Governance.Tests.Policies;

public sealed class PolicySourceTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private readonly string _folder = Directory.CreateTempSubdirectory("nhi-policy-").FullName;

    private string File => Path.Combine(_folder, "policy.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_is_read_again_after_a_minute_and_not_before()
    {
        Write("a");
        using var source = new FilePolicySource(File, ProductIdentities.None, _clock);
        Assert.Equal(["a"], await NamesAsync(source));
        Write("bb");
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(["a"], await NamesAsync(source));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["bb"], await NamesAsync(source));
    }

    [Fact]
    public async Task A_text_that_does_not_validate_leaves_the_last_good_one_in_force_and_is_told()
    {
        Write("a");
        using var source = new FilePolicySource(File, ProductIdentities.None, _clock);
        await NamesAsync(source);
        System.IO.File.WriteAllText(File, "version: 1\nrules: 3\n");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["a"], await NamesAsync(source));
        Assert.Equal((2, 8), Assert.Single(Assert.IsType<PolicyException>(source.LastFault!.Fault).Faults) is var fault ? (fault.Line, fault.Column) : default);
        Assert.Equal(_clock.GetUtcNow(), source.LastFault.At);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await NamesAsync(source);
        Assert.IsType<PolicyException>(source.LastFault!.Fault);
        Write("ccc");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["ccc"], await NamesAsync(source));
        Assert.Null(source.LastFault);
    }

    [Fact]
    public async Task A_file_that_vanishes_leaves_the_last_good_one_in_force()
    {
        Write("a");
        using var source = new FilePolicySource(File, ProductIdentities.None, _clock);
        await NamesAsync(source);
        System.IO.File.Delete(File);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["a"], await NamesAsync(source));
        Assert.IsType<ExternalCallException>(source.LastFault!.Fault);
    }

    [Fact]
    public async Task Without_a_good_one_it_throws_and_tries_again_at_once()
    {
        using var source = new FilePolicySource(File, ProductIdentities.None, _clock);
        await Assert.ThrowsAsync<ExternalCallException>(async () => await source.CurrentAsync(CancellationToken.None));
        System.IO.File.WriteAllText(File, "version: 7");
        await Assert.ThrowsAsync<PolicyException>(async () => await source.CurrentAsync(CancellationToken.None));
        Write("a");
        Assert.Equal(["a"], await NamesAsync(source));
    }

    [Fact]
    public async Task An_unchanged_etag_keeps_a_bad_text_a_fault_and_clears_an_outage()
    {
        var answers = new Queue<Func<PolicyText?>>([() => Text("a", "1"), () => new PolicyText("x: 1"u8.ToArray(), "2"), () => throw new ExternalCallException("down"), () => null, () => Text("b", "3"), () => throw new ExternalCallException("down"), () => null]);
        var asked = new List<string?>();
        using var source = new ReloadingPolicySource((etag, _) =>
        {
            asked.Add(etag);
            return Task.FromResult(answers.Dequeue()());
        }, "blob", ProductIdentities.None, _clock);
        var faults = new List<string?>();
        for (var i = 0; i < 7; i++)
        {
            await source.CurrentAsync(CancellationToken.None);
            faults.Add(source.LastFault?.Fault.GetType().Name);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal([null, "1", "2", "2", "2", "3", "3"], asked);
        Assert.Equal([null, "PolicyException", "ExternalCallException", "PolicyException", null, "ExternalCallException", null], faults);
    }

    [Fact]
    public async Task While_one_asks_the_others_go_on_with_what_is_in_force()
    {
        var gate = new TaskCompletionSource<PolicyText?>();
        var asked = 0;
        using var source = new ReloadingPolicySource((_, _) => asked++ == 0 ? Task.FromResult<PolicyText?>(Text("a", "1")) : gate.Task, "blob", ProductIdentities.None, _clock);
        await source.CurrentAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var slow = source.CurrentAsync(CancellationToken.None);
        // The one who asks holds the turn before its period starts anew: look while the clock has moved on again.
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["a"], await NamesAsync(source));
        Assert.Equal(2, asked);
        gate.SetResult(Text("b", "2"));
        Assert.Equal(["b"], ((YamlPolicy)await slow).RuleNames);
    }

    [Fact]
    public async Task The_first_callers_all_wait_and_only_one_asks()
    {
        var gate = new TaskCompletionSource<PolicyText?>();
        var asked = 0;
        using var source = new ReloadingPolicySource((_, _) =>
        {
            asked++;
            return gate.Task;
        }, "blob", ProductIdentities.None, _clock);
        var callers = Enumerable.Range(0, 5).Select(_ => source.CurrentAsync(CancellationToken.None).AsTask()).ToList();
        gate.SetResult(Text("a", "1"));
        var policies = await Task.WhenAll(callers);
        Assert.Single(policies.Distinct());
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task The_embedded_source_observes() => Assert.False(((YamlPolicy)await new EmbeddedPolicySource().CurrentAsync(CancellationToken.None)).Enforces);

    private static PolicyText Text(string rule, string etag) => new(Encoding.UTF8.GetBytes($"version: 1\nrules:\n  - {{ name: {rule}, match: {{}} }}\n"), etag);

    private void Write(string rule) => System.IO.File.WriteAllBytes(File, Text(rule, "").Bytes.ToArray());

    private static async Task<IReadOnlyList<string>> NamesAsync(IPolicySource source) => ((YamlPolicy)await source.CurrentAsync(CancellationToken.None)).RuleNames;
}
