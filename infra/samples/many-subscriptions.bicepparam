// Vaults of two environments in three subscriptions and two regions, enforced, in an existing network, with an existing workspace and action group.
using '../main.bicep'

param stage = 'enforce'

param vaults = [
  {
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.KeyVault/vaults/kv-payroll'
    environment: 'prod'
  }
  {
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.KeyVault/vaults/kv-payroll-batch'
    environment: 'prod'
    // Somebody made a system topic for it before.
    topicName: 'kv-payroll-batch-events'
  }
  {
    id: '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-orders-eu2/providers/Microsoft.KeyVault/vaults/kv-orders'
    environment: 'prod'
    location: 'northeurope'
    // Azure writes an audit log within a region only.
    auditAccountId: '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-orders-eu2/providers/Microsoft.Storage/storageAccounts/stordersaudit'
    // The network has an endpoint for it already.
    privateEndpoint: false
  }
  {
    id: '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg-dev/providers/Microsoft.KeyVault/vaults/kv-dev'
    environment: 'dev'
  }
]

// A rotator may regenerate keys of these accounts and of no others.
param resources = [
  {
    kind: 'storage-account-key'
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.Storage/storageAccounts/stpayroll'
    environment: 'prod'
  }
  {
    kind: 'storage-account-key'
    id: '/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg-dev-data/providers/Microsoft.Storage/storageAccounts/stdevdata'
    environment: 'dev'
  }
]

// Vaults that teams make meanwhile are swept too, where they bear the tag.
param discovery = {
  subscriptions: ['11111111-1111-1111-1111-111111111111', '44444444-4444-4444-4444-444444444444']
  tag: 'nhi-scope=governed'
  environment: 'prod'
}

param governsEntra = true
param postgres = {
  owner: 'nhi_owner'
  owners: { prod: 'nhi_owner_prod' }
  hosts: ['db.internal.example.com']
}

param webhooks = [
  { uri: 'https://hooks.example.com/nhi', secretName: 'nhi-webhook-key', every: 'PT15M' }
  { uriSecretName: 'nhi-teams-address', template: 'teams' }
]

param policyBlob = 'policy.yaml'
param publishes = true
param cleanup = true
param curtails = ['33333333-3333-3333-3333-333333333333', '44444444-4444-4444-4444-444444444444']
param alwaysReady = 1

param deployers = { principalId: '00000000-0000-0000-0000-00000000d000', type: 'Group' }
param auditors = { principalId: '00000000-0000-0000-0000-00000000a000', type: 'Group' }
param actionGroupId = '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-monitor/providers/Microsoft.Insights/actionGroups/platform'
param workspaceId = '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform'
// Teams' own vaults log there, too.
param auditWorkspaceId = '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform'

param network = {
  appSubnetId: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/nhi-app'
  endpointSubnetId: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet-hub/subnets/endpoints'
  dnsZoneIds: {
    blob: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net'
    queue: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/privateDnsZones/privatelink.queue.core.windows.net'
    table: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/privateDnsZones/privatelink.table.core.windows.net'
    vault: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-net/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net'
  }
}
param allowedIpRanges = ['203.0.113.0/24']

param evidenceSku = 'Standard_GZRS'
param evidenceSecondaryLocation = 'northeurope'
