using Nhi.Evidence.Checkpoints;
using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What who has the control plane does in the log itself before its policy is locked, while everybody works with it. That the policy is not locked is named as well.</summary>
internal static class Overwriting
{
    internal static IReadOnlyList<Deed> Deeds { get; } =
    [
        new("a logged record deleted", Means.Overwrite, async (world, _) =>
        {
            if (await world.SomeRecordAsync() is not { } path || world.Named.Contains(path))
                return Deed.NoEffect;
            world.Target.Store.Delete(path);
            return [new Naming(path, RecordMissing)];
        }, VersionChainBroken, CoverageGap, IntentOpen),
        new("a byte of a logged record changed", Means.Overwrite, async (world, random) =>
        {
            if (await world.SomeRecordAsync() is not { } path || world.Named.Contains(path))
                return Deed.NoEffect;
            await world.Target.Store.FlipAsync(path, random.Next());
            return [new Naming(path, RecordAltered)];
        }, VersionChainBroken, CoverageGap, IntentOpen),
        // Not the newest: whoever comes next writes that one again, and nothing is lost.
        new("a checkpoint deleted", Means.Overwrite, async (world, random) =>
        {
            var batches = await world.ReadAsync(world.Target);
            if (batches.Count < 2)
                return Deed.NoEffect;
            var number = batches[random.Next(batches.Count - 1)].Number;
            var path = CheckpointName.Of(number);
            if (world.Named.Contains(path) || await world.BytesAsync(path) is not { } note || !SignedNote.TryParse(note, out var signed, out _) || !Checkpoint.TryParse(signed.Text, out var checkpoint, out _) || checkpoint.Batch != number)
                return Deed.NoEffect;
            world.Target.Store.Delete(path);
            return [new Naming(path, CheckpointMissing)];
        }),
    ];
}
