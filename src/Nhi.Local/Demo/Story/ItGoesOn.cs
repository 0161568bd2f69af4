using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Story;

/// <summary>Time goes on to the next due date: rotations, an overlap, revocations.</summary>
internal sealed class ItGoesOn : IChapter
{
    public string Title => "Time goes on";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        var due = VaultView.Read(stage.World).Where(secret => secret.Credential is { Governed: true, IsCutover: false }).Min(secret => secret.Current.Expires!.Value).AddDays(-30);
        var before = Made(stage);
        await stage.LeapToAsync(due.AddMinutes(30), ct);
        var rotated = await stage.LeapUntilAsync(() => Made(stage) > before, TimeSpan.FromMinutes(31), 12, ct);
        stage.Narrator.Event($"{Made(stage) - before} secrets had 30 days to live and were rotated.");
        stage.Claims.That("what was due was rotated", rotated);
        await stage.LeapAsync(TimeSpan.FromDays(10), ct);
        await stage.LeapAsync(TimeSpan.FromDays(5), ct);
        var owed = Revocations.Owed(stage);
        var late = await stage.LeapUntilAsync(() => Revocations.Owed(stage) < owed || Revocations.Owed(stage) == 0, TimeSpan.FromMinutes(31), 12, ct);
        var (tried, refused) = await Revocations.TryDeadAsync(stage, ct);
        stage.Narrator.Event($"Overlaps are over: {Revocations.Dead(stage)} superseded versions are dead, {Revocations.Owed(stage)} are still owed.");
        stage.Claims.That($"each of {tried} revoked values is refused at its provider", late && tried == refused && tried > 0);
    }

    private static int Made(Stage stage) => VaultView.Read(stage.World).Sum(secret => secret.Versions.Count(version => version.IsOurs));
}
