using Nhi.Azure.Identities;

namespace Nhi.Azure.Settings;

/// <summary>What must hold between settings: each alone may be right and the whole wrong.</summary>
internal static class SettingsChecks
{
    public static void Check(NhiSettings settings, List<SettingsFault> faults)
    {
        VaultsDiffer(settings, faults);
        OwnVaultsAreNotGoverned(settings, faults);
        KeysDiffer(settings, faults);
        AccountsDiffer(settings, faults);
        PolicyLiesInTheStateAccount(settings, faults);
        IdentitiesAreWhole(settings, faults);
    }

    private static void VaultsDiffer(NhiSettings settings, List<SettingsFault> faults)
    {
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < settings.Vaults.Count; i++)
            if (!IsNowhere(settings.Vaults[i].Uri) && !seen.TryAdd(settings.Vaults[i].Uri.Host, i))
                faults.Add(new($"Nhi:Vaults:{i}:Uri", $"names the same vault as Nhi__Vaults__{seen[settings.Vaults[i].Uri.Host]}__Uri.", "Name each vault once."));
    }

    /// <summary>The product never governs its own.</summary>
    private static void OwnVaultsAreNotGoverned(NhiSettings settings, List<SettingsFault> faults)
    {
        (string Name, Uri Uri)[] own = [("ProductVault", settings.ProductVault), ("StagingVault", settings.StagingVault), ("LogKey", settings.LogKey), ("ProducersKey", settings.ProducersKey)];
        foreach (var (name, uri) in own)
            for (var i = 0; i < settings.Vaults.Count; i++)
                if (!IsNowhere(uri) && Same(uri, settings.Vaults[i].Uri))
                    faults.Add(new($"Nhi:{name}", $"lies in a vault in scope (Nhi__Vaults__{i}__Uri).", "The product never governs its own: use a vault of its own, or take that one out of scope."));
        if (!IsNowhere(settings.StagingVault) && Same(settings.StagingVault, settings.ProductVault))
            faults.Add(new("Nhi:StagingVault", "is the product's own vault (Nhi__ProductVault).", "Staged values need a vault of their own."));
    }

    private static void KeysDiffer(NhiSettings settings, List<SettingsFault> faults)
    {
        if (!IsNowhere(settings.LogKey) && Same(settings.LogKey, settings.ProducersKey) && string.Equals(settings.LogKey.Segments[2].Trim('/'), settings.ProducersKey.Segments[2].Trim('/'), StringComparison.OrdinalIgnoreCase))
            faults.Add(new("Nhi:ProducersKey", "is the log's own key (Nhi__LogKey).", "Use two keys: only the sequencer may sign with the log's."));
    }

    private static void AccountsDiffer(NhiSettings settings, List<SettingsFault> faults)
    {
        if (!IsNowhere(settings.Storage.Evidence) && Same(settings.Storage.Evidence, settings.Storage.Blobs))
            faults.Add(new("Nhi:Storage:Evidence", "is the state account (Nhi__Storage__State).", "Evidence needs an account of its own: what may change never lies beside what may not."));
        if (settings.Storage.EvidenceSecondary is { } secondary && !IsNowhere(secondary) && Same(secondary, settings.Storage.Evidence))
            faults.Add(new("Nhi:Storage:EvidenceSecondary", "is the evidence account itself (Nhi__Storage__Evidence).", "Name another account, or leave it out."));
    }

    private static void PolicyLiesInTheStateAccount(NhiSettings settings, List<SettingsFault> faults)
    {
        if (settings.PolicyBlob is { } blob && !IsNowhere(settings.Storage.Blobs) && (!Same(blob, settings.Storage.Blobs) || blob.Segments.Length < 3))
            faults.Add(new("Nhi:Policy", "is no blob of the state account (Nhi__Storage__State).", $"Put it there, in a container that only deployers write, e.g. {settings.Storage.Blobs}policies/policy.yaml; or name a path."));
    }

    /// <summary>Either the app's own identity does everything, or each work has its own: a gap between the two would quietly fall to the app's own.</summary>
    private static void IdentitiesAreWhole(NhiSettings settings, List<SettingsFault> faults)
    {
        var identities = settings.Identities;
        (string Name, string? Id)[] single = [("Watcher", identities.Watcher), ("Writer", identities.Writer), ("Sequencer", identities.Sequencer)];
        if (single.All(identity => identity.Id is null) && identities.Rotators.Count == 0)
            return;
        foreach (var (name, _) in single.Where(identity => identity.Id is null))
            faults.Add(new($"Nhi:Identities:{name}", "is not set, but others of Nhi__Identities are.", "Set all of them, or none to let the app's own identity do everything."));
        (string Name, string? Id)[] deleting = [("Cleanup", identities.Cleanup), ("Curtailer", identities.Curtailer)];
        foreach (var (name, id) in deleting)
            if (id is not null && single.Concat(deleting.Where(other => other.Name != name)).Select(identity => identity.Id).Concat(identities.Rotators.Values).Contains(id, StringComparer.OrdinalIgnoreCase))
                faults.Add(new($"Nhi:Identities:{name}", "is another of Nhi__Identities, too.", "Give it an identity that does nothing else: what may delete does no other work."));
        // That name is the identity of the product's own vaults: a rotator of an environment would hold the fingerprint key and the staged values.
        foreach (var (setting, environment) in settings.Vaults.Select((vault, i) => ($"Nhi:Vaults:{i}:Environment", vault.Environment)).Append(("Nhi:Discovery:Environment", settings.Discovery?.Environment ?? "")))
            if (string.Equals(environment, AzureIdentities.StagingName, StringComparison.OrdinalIgnoreCase))
                faults.Add(new(setting, $"is '{AzureIdentities.StagingName}', which names the identity of the product's own vaults.", "Call the environment something else, e.g. stage."));
        // None at all is a deployment that only observes: list rights are enough.
        if (identities.Rotators.Count == 0)
            return;
        if (settings.Discovery is { } discovery && EnvironmentName.IsOne(discovery.Environment) && !identities.Rotators.ContainsKey(discovery.Environment))
            faults.Add(new($"Nhi:Identities:Rotators:{discovery.Environment}", "is not set, but discovered vaults are of that environment (Nhi__Discovery__Environment).", "Set it to the client id of that environment's rotator, or correct the environment."));
        foreach (var environment in settings.Vaults.Select(vault => vault.Environment).Where(EnvironmentName.IsOne).Distinct(StringComparer.OrdinalIgnoreCase))
            if (!identities.Rotators.ContainsKey(environment))
                faults.Add(new($"Nhi:Identities:Rotators:{environment}", "is not set, but a vault of that environment is in scope.", "Set it to the client id of that environment's rotator, or correct the vault's environment."));
    }

    private static bool Same(Uri a, Uri b) => string.Equals(a.Host, b.Host, StringComparison.OrdinalIgnoreCase);

    private static bool IsNowhere(Uri uri) => uri.Host == "invalid.invalid";
}
