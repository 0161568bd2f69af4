using System.Security.Cryptography;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Evidence.Storage;

namespace Nhi.Governance.Tests.Evidence;

public sealed class LogKeepingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_batches_seals_and_tells_the_checkpoint_to_the_log_stream()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.WriteAsync(1);
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        Assert.Equal(0, await rig.Sequencing.RunAsync(Ct));

        Assert.Equal(2, rig.Log.Lines.Count(line => line.Event == 4203));
        Assert.All(rig.Log.Lines.Where(line => line.Event == 4203), line => Assert.Matches(@"\ACheckpoint a\.blob\.core\.windows\.net/evidence-2026 [12] [A-Za-z0-9+/]{43}= batch [01]\z", line.Text));
        Assert.Null((await rig.Sequencing.OutlookAsync(Ct))[0].Warning(rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Sixty_days_before_the_last_container_runs_out_it_says_so_once_an_hour()
    {
        using var rig = new LogRig(new DateTimeOffset(2026, 11, 2, 0, 0, 0, TimeSpan.Zero), [2026]);
        await rig.Sequencing.RunAsync(Ct);
        Assert.DoesNotContain(rig.Log.Lines, line => line.Event == 4207);

        rig.Clock.Advance(TimeSpan.FromDays(1));
        for (var minute = 0; minute < 61; minute++)
        {
            await rig.Sequencing.RunAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, rig.Log.Lines.Count(line => line.Event == 4207));
        Assert.Contains("runs out on 2027-01-01", rig.Log.Lines.First(line => line.Event == 4207).Text, StringComparison.Ordinal);
        Assert.NotNull((await rig.Sequencing.OutlookAsync(Ct))[0].Warning(rig.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_year_without_its_container_is_told_of_and_the_newest_goes_on()
    {
        using var rig = new LogRig(new DateTimeOffset(2027, 1, 5, 0, 0, 0, TimeSpan.Zero), [2026]);
        await rig.WriteAsync(1);
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
        // A seal, and the finding.
        Assert.Equal(2, await rig.Sequencing.RunAsync(Ct));
        Assert.Contains(rig.Log.Lines, line => line.Event == 4207 && line.Text.Contains("evidence-2027 is missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_policys_text_lies_in_the_log_by_its_hash_once_a_year_and_once_a_change()
    {
        var policies = new Texts { Now = "a: 1\n"u8.ToArray() };
        using var rig = new LogRig(new DateTimeOffset(2026, 12, 31, 23, 0, 0, TimeSpan.Zero), [2026, 2027, 2028], policies);
        for (var i = 0; i < 3; i++)
            await rig.Sequencing.RunAsync(Ct);
        policies.Now = "a: 2\n"u8.ToArray();
        await rig.Sequencing.RunAsync(Ct);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        await rig.Sequencing.RunAsync(Ct);

        Assert.Equal([.. new[] { "a: 1\n", "a: 2\n" }.Select(Name).Order()], await NamesAsync(rig.Year(2026)));
        Assert.Equal([Name("a: 2\n")], await NamesAsync(rig.Year(2027)));
    }

    [Fact]
    public async Task A_log_that_fails_is_told_of_and_the_failure_is_thrown_at_the_end()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.WriteAsync(1);
        rig.Year(2026).OnCall = (call, _) => new(call is { Verb: "create", Path: ['l', 'o', 'g', ..] } ? StoreFault.Unreachable : StoreFault.None);
        var thrown = await Assert.ThrowsAsync<ExternalCallException>(() => rig.Sequencing.RunAsync(Ct));
        Assert.True(thrown.Transient);
        Assert.Contains(rig.Log.Lines, line => line.Event == 4202);

        rig.Year(2026).OnCall = null;
        Assert.Equal(1, await rig.Sequencing.RunAsync(Ct));
    }

    private static string Name(string text) => $"policies/{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)))}.yaml";

    private static async Task<List<string>> NamesAsync(MemoryEvidenceStore store)
    {
        List<string> names = [];
        await foreach (var blob in store.ListAsync("policies/", Ct))
            names.Add(blob.Path);
        return names;
    }

    private sealed class Texts : IPolicySource
    {
        public byte[] Now { get; set; } = [];

        public ValueTask<Policy> CurrentAsync(CancellationToken ct) => new(new TextPolicy(Now));
    }

    private sealed class TextPolicy(byte[] text) : Policy
    {
        public override ReadOnlyMemory<byte> Text => text;
        public override string Sha256 => Convert.ToHexStringLower(SHA256.HashData(text));
        public override EffectivePolicy For(PolicySubject subject) => throw new NotSupportedException("Nobody asks.");
    }
}
