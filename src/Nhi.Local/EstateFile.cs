using System.Text.Json;
using Nhi.Local.Emulators.Graph;
using Nhi.Local.Emulators.KeyVault;

namespace Nhi.Local;

/// <summary>What a kept estate's emulators hold, between two runs. The file is the vaults' own disk: only its owner may read it.</summary>
internal static class EstateFile
{
    public const string Name = "world.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false };

    public static async Task SaveAsync(World world, string path)
    {
        var estate = new Estate(
            world.AllVaults.ToDictionary(vault => vault.Name, vault => vault.Export()),
            [.. world.Tenant.All.Select(application => new KeptApplication(application, [.. application.Owners], world.Tenant.PasswordsOf(application)))],
            [.. world.Arm.All.Select(account => new KeptAccount(account.Name, [.. account.Keys.Select(key => new KeptKey(key.Name, key.Value, key.Created))]))]);
        var beside = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new FileStream(beside, options))
            await JsonSerializer.SerializeAsync(stream, estate, Json);
        File.Move(beside, path, overwrite: true);
    }

    public static async Task LoadAsync(World world, string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) return;
        await using var stream = File.OpenRead(path);
        var estate = await JsonSerializer.DeserializeAsync<Estate>(stream, Json, cancellation)
            ?? throw new InvalidDataException($"The estate's file '{path}' is empty: delete the folder to begin anew.");
        foreach (var vault in world.AllVaults)
            if (estate.Vaults.TryGetValue(vault.Name, out var kept)) vault.Import(kept);
        foreach (var (application, owners, passwords) in estate.Applications) world.Tenant.Restore(application, owners, passwords);
        foreach (var account in estate.Accounts)
        {
            var restored = world.AddStorageAccount(account.Name);
            foreach (var key in account.Keys) restored.Restore(key.Name, key.Value, key.Created);
        }
    }

    private sealed record Estate(Dictionary<string, KeptVault> Vaults, IReadOnlyList<KeptApplication> Applications, IReadOnlyList<KeptAccount> Accounts);

    private sealed record KeptApplication(Application Application, IReadOnlyList<string> Owners, IReadOnlyList<PasswordCredential> Passwords);

    private sealed record KeptAccount(string Name, IReadOnlyList<KeptKey> Keys);

    private sealed record KeptKey(string Name, string Value, DateTimeOffset Created);
}
