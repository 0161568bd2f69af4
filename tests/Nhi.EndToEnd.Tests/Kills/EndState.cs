namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Where a life ended, read from vault, provider, tables and evidence past the product.</summary>
/// <param name="Current">Who made what is published, and what became of it.</param>
/// <param name="Superseded">What became of the others.</param>
/// <param name="Versions">How many there are.</param>
/// <param name="CurrentOpens">What is published is let in.</param>
/// <param name="OldThatOpen">Superseded values that are still let in.</param>
/// <param name="Living">Credentials that live at the provider.</param>
/// <param name="OpenIntents">Intents without an outcome.</param>
/// <param name="OpenRows">Rows of <c>Operations</c> that somebody holds or left open.</param>
/// <param name="Staged">Staged values that are still enabled.</param>
/// <param name="Unlogged">Records that stand in no batch.</param>
internal sealed record EndState(string Current, string Superseded, int Versions, bool CurrentOpens, int OldThatOpen, int Living, int OpenIntents, int OpenRows, int Staged, int Unlogged)
{
    public static async Task<EndState> ReadAsync(KillWorld world, Subject subject, CancellationToken ct)
    {
        var versions = subject.Versions;
        var old = 0;
        foreach (var value in Subject.Superseded(versions).Select(version => version.Value).Distinct())
            old += await subject.OpensAsync(value) ? 1 : 0;
        return new EndState(
            $"{(versions[^1].IsOurs ? "ours" : "by hand")}{Fate(versions[^1])}",
            string.Join(',', Subject.Superseded(versions).Select(Fate).Distinct().Order(StringComparer.Ordinal)).Trim(), versions.Count,
            await subject.OpensAsync(versions[^1].Value), old, await subject.LivingAsync(),
            await world.OpenIntentsAsync(ct), (await world.OpenRowsAsync(ct)).Count,
            world.World.StagingVault.Export().Secrets.Count(secret => secret.Deleted is null && secret.Versions.Any(version => version.Enabled)),
            await world.UnloggedAsync(ct));
    }

    /// <summary>
    /// The same end. A host that slept may have published once more when it woke, which no fence can stop: such a version is superseded or current like any other, and as dead as any other when it is over.
    /// </summary>
    public bool Is(EndState expected, Blow? blow) => this == (blow == Blow.Freeze ? expected with { Versions = Math.Max(Versions, expected.Versions) } : expected);

    private static string Fate(SubjectVersion version) => $"{(version.IsDead ? " dead" : "")}{(version.Enabled ? "" : " disabled")}";
}
