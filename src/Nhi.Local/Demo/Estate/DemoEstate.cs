namespace Nhi.Local.Demo.Estate;

/// <summary>What the demo governs: some twenty credentials in two vaults, of every kind, and three that must be left alone.</summary>
internal static class DemoEstate
{
    public const string Payments = "kv-payments";
    public const string Platform = "kv-platform";
    public const string Entra = "entra-app-secret";
    public const string Storage = "storage-account-key";
    public const string Pair = "postgres-role (pair)";
    public const string Cutover = "postgres-role (cutover)";
    public const string Generated = "generated";
    public const string Certificate = "certificate";
    public const string Untagged = "(untagged)";

    /// <summary>Set by a person in the second chapter.</summary>
    public const string Newcomer = "ledger-export";

    /// <summary>Whose rotation is hit by the crash.</summary>
    public const string Unlucky = "card-gateway";

    /// <summary>The vault of a system that was switched off years ago: nobody looks after it.</summary>
    public const string Legacy = "kv-legacy";

    /// <summary>Of a job that runs once a year, and reads its secret then.</summary>
    public const string YearEnd = "year-end-close";

    /// <summary>Vaults and the environment of each.</summary>
    public static IReadOnlyList<(string Name, string Environment)> Vaults { get; } = [(Payments, "prod"), (Platform, "test"), (Legacy, "test")];

    /// <summary>What lies in the vault that nobody looks after.</summary>
    public static IReadOnlyList<DemoCredential> Neglected { get; } =
    [
        new(Legacy, "crm-bridge", Entra, Opens.EntraApplication, "crm-bridge", null),
        new(Legacy, "fax-gateway", Generated, Opens.Nothing, "", null),
        new(Legacy, YearEnd, Generated, Opens.Nothing, "", null),
    ];

    public static IReadOnlyList<DemoCredential> All { get; } =
    [
        new(Payments, "payroll-api", Entra, Opens.EntraApplication, "payroll-api", 40),
        new(Payments, "invoice-sync", Entra, Opens.EntraApplication, "invoice-sync", 40),
        new(Payments, Unlucky, Entra, Opens.EntraApplication, Unlucky, 70),
        new(Payments, Newcomer, Entra, Opens.EntraApplication, Newcomer, null),
        new(Payments, "upload-key", Storage, Opens.StorageAccount, "contosodata", 50),
        new(Payments, "report-key", Storage, Opens.StorageAccount, "contosodata", 50),
        new(Payments, "archive-key", Storage, Opens.StorageAccount, "contosoarchive", 50),
        new(Payments, "orders-db", Pair, Opens.Database, "orders", 40),
        new(Payments, "ledger-db", Pair, Opens.Database, "ledger", 40),
        new(Payments, "refunds-db", Pair, Opens.Database, "refunds", 40),
        new(Payments, "nightly-batch", Cutover, Opens.Database, "nightly", 50),
        new(Payments, "webhook-signing", Generated, Opens.Nothing, "", 50),
        new(Payments, "session-pepper", Generated, Opens.Nothing, "", 50),
        new(Payments, "shop-tls", Certificate, Opens.Nothing, "", 300, Governed: false),
        new(Platform, "build-agent", Entra, Opens.EntraApplication, "build-agent", 40),
        new(Platform, "metrics-push", Entra, Opens.EntraApplication, "metrics-push", 40),
        new(Platform, "logs-key", Storage, Opens.StorageAccount, "contosologs", 50),
        new(Platform, "wiki-db", Pair, Opens.Database, "wiki", 40),
        new(Platform, "tickets-db", Pair, Opens.Database, "tickets", 40),
        new(Platform, "cookie-key", Generated, Opens.Nothing, "", 50),
        new(Platform, "partner-token", Entra, Opens.EntraApplication, "partner-token", 400, Governed: false),
        new(Platform, "old-ftp-password", Untagged, Opens.Nothing, "", null, Governed: false),
    ];

    public static DemoCredential Of(string name) => All.First(credential => credential.Name == name);

    public static string EnvironmentOf(string vault) => Vaults.First(one => one.Name == vault).Environment;
}
