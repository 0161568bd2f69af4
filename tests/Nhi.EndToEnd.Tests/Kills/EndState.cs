namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Where a life ended, read from vault, provider, tables and evidence past the product.</summary>
/// <param name="Versions">Who made each version and what became of it, oldest first.</param>
/// <param name="CurrentOpens">What is published is let in.</param>
/// <param name="OldThatOpen">Superseded values that are still let in.</param>
/// <param name="Living">Credentials that live at the provider.</param>
/// <param name="OpenIntents">Intents without an outcome.</param>
/// <param name="OpenRows">Rows of <c>Operations</c> that somebody holds or left open.</param>
/// <param name="Staged">Staged values that are still enabled.</param>
/// <param name="Unlogged">Records that stand in no batch.</param>
internal sealed record EndState(string Versions, bool CurrentOpens, int OldThatOpen, int Living, int OpenIntents, int OpenRows, int Staged, int Unlogged)
{
    public static async Task<EndState> ReadAsync(KillWorld world, Subject subject, CancellationToken ct)
    {
        var versions = subject.Versions;
        var old = 0;
        foreach (var value in versions.SkipLast(1).Select(version => version.Value).Where(value => value != versions[^1].Value).Distinct())
            old += await subject.OpensAsync(value) ? 1 : 0;
        return new EndState(
            string.Join(", ", versions.Select(version => $"{(version.IsOurs ? "ours" : "by hand")}{(version.IsDead ? " dead" : "")}{(version.Enabled ? "" : " disabled")}")),
            await subject.OpensAsync(versions[^1].Value), old, await subject.LivingAsync(),
            await world.OpenIntentsAsync(ct), (await world.OpenRowsAsync(ct)).Count,
            world.World.StagingVault.Export().Secrets.Count(secret => secret.Deleted is null && secret.Versions.Any(version => version.Enabled)),
            await world.UnloggedAsync(ct));
    }
}
