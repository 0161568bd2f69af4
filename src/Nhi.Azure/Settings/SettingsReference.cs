namespace Nhi.Azure.Settings;

/// <summary>Every setting that the product knows: README's reference is made of it, and a key that is not in it is a fault at start.</summary>
public static class SettingsReference
{
    public static readonly IReadOnlyList<Setting> All =
    [
        new("Nhi__Vaults__n__Uri", "vault URI", Setting.Required, "A vault in scope, e.g. https://kv1.vault.azure.net. n counts from 0; at least one, or Nhi__Discovery."),
        new("Nhi__Vaults__n__Environment", "name", Setting.Required, "Which rotator's identity works there, e.g. prod. For the policy alone a secret's tag nhi-environment overrides it."),
        new("Nhi__Discovery__ManagementGroups__n", "name", "none", "Vaults of that management group (its id, e.g. mg-corp) are in scope too: found each hour by Azure Resource Graph with the watcher's identity. Listed vaults stay as they are; the product's own are never in scope."),
        new("Nhi__Discovery__Subscriptions__n", "GUID", "none", "The same for the vaults of a subscription. Not together with management groups."),
        new("Nhi__Discovery__Tag", "NAME or NAME=VALUE", "none", "Only vaults that bear this tag (on the vault, spelt as there); alone: of every subscription that the watcher may read."),
        new("Nhi__Discovery__Environment", "name", "none", "The environment of discovered vaults without a tag nhi-environment of their own. Needed where vaults are discovered."),
        new("Nhi__Storage__State", "service URI", Setting.Required, "The state account: its table or its blob service. The other one's address is derived."),
        new("Nhi__Storage__Evidence", "service URI", Setting.Required, "The evidence account's blob service: a create-only container a year."),
        new("Nhi__Storage__EvidenceSecondary", "service URI", "none", "Blob service of a second evidence account, for revocations and repairs that must not wait when the first one refuses."),
        new("Nhi__Storage__DeadLetters", "container URI", "none", "The container that Event Grid writes its dead letters to: read back each hour."),
        new("Nhi__Identities__Watcher", "client id", "the app's own identity", "Managed identity that lists secrets and holds the working tables."),
        new("Nhi__Identities__Writer", "client id", "the app's own identity", "Managed identity that creates evidence records."),
        new("Nhi__Identities__Sequencer", "client id", "the app's own identity", "Managed identity that orders and signs the log."),
        new("Nhi__Identities__Rotators__{environment}", "client id", "the app's own identity", "Managed identity that reads and publishes values and mints, by environment. The name staging means the product's own and the staging vault; without it, the first vault's rotator works there."),
        new("Nhi__Identities__Cleanup", "client id", "none: nothing is deleted", "Managed identity that deletes secrets whose removal has ended, recoverably. Never one of the others."),
        new("Nhi__Identities__Curtailer", "client id", "none: a wide role is a finding, and stays", "Managed identity that reads and deletes role assignments, where a rule says curtailOverPrivileged. It can make none. Never one of the others."),
        new("Nhi__ProductVault", "vault URI", Setting.Required, "The product's own vault, which holds nhi-fingerprint-key. Never a vault in scope."),
        new("Nhi__StagingVault", "vault URI", Setting.Required, "The vault for values that the product chose, before they are set at a provider. Never a vault in scope."),
        new("Nhi__LogKey", "key URI", Setting.Required, "Key Vault key (EC P-256) that signs batches and checkpoints, e.g. https://kv-nhi.vault.azure.net/keys/log."),
        new("Nhi__ProducersKey", "key URI", Setting.Required, "Key Vault key (EC P-256) that certifies the keys of running instances. Another one than the log's."),
        new("Nhi__Policy", "path or blob URI", "the embedded policy, which observes everything", "The policy's YAML file: a path, or a blob in the state account."),
        new("Nhi__Clock", "path", "the system's time", "File of a governance clock, for the local world. Never set in Azure."),
        new("Nhi__Operations__LeaseScale", "number", "1", "What every lease is multiplied by, above 0 and at most 10. Below 1 only locally."),
        new("Nhi__Cloud", "public, usgov or china", "public", "Which Azure cloud: host names, authority and token scopes."),
        new("Nhi__AuditWorkspace", "GUID", "none", "Log Analytics workspace (its workspace id) that the vaults' audit logs lie in, beside the archive or instead of it: AZKVAuditLogs or AzureDiagnostics, asked with the watcher's identity."),
        new("Nhi__Topic", "topic URI", "none", "Event Grid topic endpoint to which every logged record is published as nhi.evidence.recorded.v1."),
        new("Nhi__Webhooks__n__Uri", "https URI", "none", "A webhook that is told what is news, as digests: one an owner and window. Without query: an address that holds a key belongs into UriSecretName."),
        new("Nhi__Webhooks__n__UriSecretName", "secret name", "none", "Secret of the product vault that holds the webhook's address instead, as chat services want it."),
        new("Nhi__Webhooks__n__Template", "name or path", "digest", "What is sent: digest, teams, slack or ticket, or the path of a Handlebars file that renders JSON."),
        new("Nhi__Webhooks__n__SecretName", "secret name", "none: not signed", "Secret of the product vault that holds the key of the signature (Standard Webhooks): whsec_ and base64 of 24 to 64 bytes."),
        new("Nhi__Webhooks__n__Every", "ISO 8601 duration", "PT1H", "How long news are collected: PT5M to P1D."),
        new("Nhi__Entra__TenantId", "GUID or domain", "none", "Tenant of the applications whose secrets are rotated: where a new secret is tried. Needed by the kind entra-app-secret."),
        new("Nhi__Postgres__Owner", "role", "none", "Role that the rotator's identity logs in as at PostgreSQL servers. Needed by the kind postgres-role."),
        new("Nhi__Postgres__Owners__{environment}", "role", "Nhi__Postgres__Owner", "The same by environment, where identities differ."),
        new("Nhi__Postgres__Hosts__n", "host name", "none", "The PostgreSQL servers that may be logged in to, e.g. pay.postgres.database.azure.com, and no others: a tag names the server, and the server is handed a token. Needed by the kind postgres-role."),
        new("Nhi__Postgres__Tls", "Verify or OffOnLoopback", "Verify", "How PostgreSQL servers are reached. OffOnLoopback only locally."),
    ];
}
