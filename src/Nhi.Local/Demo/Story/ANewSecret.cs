using Nhi.Local.Demo.Estate;

namespace Nhi.Local.Demo.Story;

/// <summary>A person sets a secret; its event brings it under policy.</summary>
internal sealed class ANewSecret : IChapter
{
    public string Title => "A new secret comes under policy";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        var newcomer = DemoEstate.Of(DemoEstate.Newcomer);
        stage.Seeder.Add(newcomer);
        stage.Consumers.Add(newcomer);
        stage.Narrator.Event($"Somebody in the payments team sets the secret '{newcomer.Name}', a client secret without any end. The vault says so to Event Grid.");
        var governed = await stage.LeapUntilAsync(() => VaultView.Read(stage.World, newcomer.Name).Current.Tag?.Op is not null, TimeSpan.FromMinutes(1), 30, ct, rowsAreNew: true);
        var secret = VaultView.Read(stage.World, newcomer.Name);
        stage.Narrator.Event($"'{newcomer.Name}' was matched by a rule, tried at Entra, and given an end: {secret.Current.Expires:yyyy-MM-dd}, 90 days after it was made. Its value and its other tags are as they were.");
        stage.Claims.That("the new secret is governed, has an end, and still is the version that the person made", governed && secret.Versions.Count == 1 && secret.Current.Expires == secret.Current.Created.AddDays(90));
        stage.Claims.That("its value still opens what it opened", await stage.Logins.TryAsync(newcomer, secret.Current.Value, ct));
    }
}
