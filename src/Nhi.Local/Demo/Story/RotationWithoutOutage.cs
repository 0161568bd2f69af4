using Nhi.Local.Demo.Consumers;
using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Story;

/// <summary>Key slots, role pairs, a cutover in its window: old and new live side by side while consumers go on.</summary>
internal sealed class RotationWithoutOutage : IChapter
{
    public string Title => "Rotation without an outage";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        stage.Narrator.Say($"The old value goes on working for 14 days. Consumers read again every {ConsumerGroup.Every.Days} days, each on its own schedule, and know nothing of rotations.");
        var due = DemoEstate.All.Where(credential => credential is { Life: 50, IsCutover: false }).Select(credential => credential.Name).ToList();
        await stage.LeapToAsync(stage.Start.AddDays(20).AddMinutes(5), ct);
        var all = await stage.LeapUntilAsync(() => due.TrueForAll(name => VaultView.Read(stage.World, name).Versions.Count > 1), TimeSpan.FromMinutes(31), 15, ct);
        stage.Narrator.Event($"{due.Count} more: storage keys (the slot that nobody uses is regenerated; 'upload-key' and 'report-key' share one account and move together) and random values.");
        stage.Claims.That($"each of these {due.Count} has one new version", all && due.TrueForAll(name => VaultView.Read(stage.World, name) is { Versions.Count: 2, Current.IsOurs: true }));
        var (upload, report) = (VaultView.Read(stage.World, "upload-key"), VaultView.Read(stage.World, "report-key"));
        stage.Claims.That("the two secrets of one storage account publish the same key", upload.Current.Value == report.Current.Value);

        await CutOverAsync(stage, ct);
        await SideBySideAsync(stage, ct);
    }

    private static async Task CutOverAsync(Stage stage, CancellationToken ct)
    {
        stage.Narrator.Event("'nightly-batch' has one role only: its old password dies with the new one. It is due, and waits for Sunday, 22:00.");
        stage.Claims.That("before the window it was not touched", VaultView.Read(stage.World, "nightly-batch").Versions.Count == 1);
        var now = stage.Now;
        var sunday = new DateTimeOffset(now.Date, TimeSpan.Zero).AddDays((7 - (int)now.DayOfWeek) % 7).AddHours(22);
        await stage.LeapToAsync((sunday > now ? sunday : sunday.AddDays(7)).AddMinutes(2), ct);
        var moved = await stage.LeapUntilAsync(() => VaultView.Read(stage.World, "nightly-batch").Versions.Count > 1, TimeSpan.FromMinutes(16), 15, ct);
        var seen = VaultView.Read(stage.World, "nightly-batch");
        stage.Narrator.Event("In its window the password is staged, set, tried and published.");
        stage.Claims.That("the cutover happened in its window", moved && seen.Current.Created is { DayOfWeek: DayOfWeek.Sunday, Hour: >= 22 } or { DayOfWeek: DayOfWeek.Monday, Hour: < 4 });
        stage.Claims.That("its old password was refused from then on, the new one is accepted",
            moved && !await stage.Logins.TryAsync(seen.Credential, seen.Versions[0].Value, ct) && await stage.Logins.TryAsync(seen.Credential, seen.Current.Value, ct));
        // Whoever uses it is at work in its window, whatever the pace of this play.
        await stage.Consumers.LoginAsync(ct);
        await stage.LeapToAsync(stage.Now.AddHours(7), ct);
    }

    /// <summary>Old and new are tried at the provider.</summary>
    private static async Task SideBySideAsync(Stage stage, CancellationToken ct)
    {
        var (pairs, good) = (0, 0);
        foreach (var secret in VaultView.Read(stage.World).Where(secret => secret.Credential is { HasConsumer: true, IsCutover: false } && secret.Versions.Count == 2 && secret.Current.IsOurs))
        {
            pairs++;
            if (await stage.Logins.TryAsync(secret.Credential, secret.Versions[0].Value, ct) && await stage.Logins.TryAsync(secret.Credential, secret.Current.Value, ct)) good++;
        }

        stage.Claims.That($"of {pairs} rotated credentials old and new work side by side: both were tried", pairs > 0 && good == pairs, $"{good} of {pairs}");
        stage.Claims.That($"{stage.Consumers.Logins} logins of consumers so far, none refused ({stage.Consumers.Interruptions} inside the cutover's window)", stage.Consumers.Failures == 0, stage.Consumers.Trouble);
    }
}
