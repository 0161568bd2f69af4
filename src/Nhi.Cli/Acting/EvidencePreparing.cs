using Nhi.Azure.Evidence;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Governance.Policies;

namespace Nhi.Cli.Acting;

/// <summary><c>nhi evidence prepare</c>: what deployment does with the containers that it has made.</summary>
internal sealed class EvidencePreparing(EvidenceAccounts accounts, IPolicySource policies, TimeProvider clock)
{
    /// <summary>Exit 42 when a name holds something else than it should: somebody has to look at it.</summary>
    public async Task<Answer> PrepareAsync(CancellationToken ct)
    {
        var preparation = new ShardPreparation(await accounts.LogKeys.FirstKeysAsync(ct), await accounts.ProducersKeys.FirstKeysAsync(ct), (await policies.CurrentAsync(ct)).Text);
        List<PreparedShard> prepared = [.. await accounts.Primary.PrepareAsync(preparation, clock.GetUtcNow(), ct)];
        if (accounts.Secondary is { } secondary)
            prepared.AddRange(await secondary.PrepareAsync(preparation, clock.GetUtcNow(), ct));
        return new Answer(
            new PrepareShape([.. prepared.Select(shard => new PreparedShape(shard.Origin, [.. shard.Created], [.. shard.There], [.. shard.Others]))]),
            [Block.Lines(prepared.SelectMany(Lines))],
            prepared.Any(shard => shard.Others.Any(IsSquatted)) ? ExitCode.Human : ExitCode.Fine);
    }

    /// <summary>A README of another version, or the number of another key, is no matter; a policy's name says what is in it.</summary>
    private static bool IsSquatted(string path) => path.StartsWith("policies/", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(PreparedShard shard) =>
    [
        shard.Created.Count == 0 ? $"{shard.Origin} is ready, as it was" : $"{shard.Origin} is ready; written: {string.Join(", ", shard.Created)}",
        .. shard.Others.Select(path => $"  ! {path} holds something else, which stays"),
    ];
}
