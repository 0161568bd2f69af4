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
        var dead = Revocations.Dead(stage);
        await stage.LeapToAsync(due.AddMinutes(30), ct);
        var rotated = await stage.LeapUntilAsync(() => Made(stage) > before, TimeSpan.FromMinutes(31), 12, ct);
        stage.Narrator.Event("The first secrets that had 30 days to live are rotated.");
        stage.Claims.That("what was due was rotated", rotated);
        foreach (var days in (int[])[10, 6, 10]) await stage.LeapAsync(TimeSpan.FromDays(days), ct);
        var paid = await stage.LeapUntilAsync(() => Revocations.Dead(stage) > dead, TimeSpan.FromMinutes(31), 12, ct);
        stage.Narrator.Event($"On the way {Made(stage) - before} versions were made and {Revocations.Dead(stage) - dead} revoked; {Revocations.Owed(stage)} overlaps are still running.");
        var (tried, refused) = await Revocations.TryDeadAsync(stage, ct);
        stage.Claims.That($"each of {tried} revoked values is refused at its provider", paid && tried == refused && tried > 0, $"{refused} are, {Revocations.Dead(stage) - dead} are new");
    }

    private static int Made(Stage stage) => VaultView.Read(stage.World).Sum(secret => secret.Versions.Count(version => version.IsOurs));
}
