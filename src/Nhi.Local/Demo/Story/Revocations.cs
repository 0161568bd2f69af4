using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Story;

/// <summary>Overlaps end: what was superseded is killed, read back as dead, and refused.</summary>
internal sealed class Revocations : IChapter
{
    public string Title => "Revocations, proven by a refused login";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        stage.Narrator.Say($"A superseded credential is a debt until its death is proven. {Owed(stage)} are owed now.");
        await stage.LeapToAsync(stage.Start.AddDays(25), ct);
        stage.Narrator.Event($"{Dead(stage)} overlaps are over and paid; {Owed(stage)} are still running.");
        await stage.LeapToAsync(stage.Start.AddDays(35), ct);
        var paid = await stage.LeapUntilAsync(() => Owed(stage) == 0, TimeSpan.FromMinutes(31), 12, ct);
        stage.Narrator.Event($"{Dead(stage)} superseded versions are dead: removed at Entra, regenerated at the account, closed in the database, disabled in the vault.");
        stage.Claims.That("nothing is owed any more", paid, $"{Owed(stage)} are");
        var (tried, refused) = await TryDeadAsync(stage, ct);
        stage.Claims.That($"{tried} old values were tried at their providers: every one is refused", tried > 0 && refused == tried, $"{refused} of {tried}");
        stage.Claims.That("and nobody who works noticed", stage.Consumers.Failures == 0, stage.Consumers.Trouble);
    }

    /// <summary>Tries every dead version's value where it opened something.</summary>
    public static async Task<(int Tried, int Refused)> TryDeadAsync(Stage stage, CancellationToken ct)
    {
        var (tried, refused) = (0, 0);
        foreach (var secret in VaultView.Read(stage.World).Where(secret => secret.Credential.HasConsumer))
            foreach (var version in secret.Versions.Where(version => version.IsDead))
            {
                tried++;
                if (!await stage.Logins.TryAsync(secret.Credential, version.Value, ct)) refused++;
            }

        return (tried, refused);
    }

    public static int Owed(Stage stage) => VaultView.Read(stage.World).Sum(secret => secret.Owed);

    public static int Dead(Stage stage) => VaultView.Read(stage.World).Sum(secret => secret.Revoked);
}
