// One vault, everything by default: observe, public endpoints by identity alone, a workspace of its own.
using '../main.bicep'

param vaults = [
  {
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.KeyVault/vaults/kv-payroll'
    environment: 'prod'
  }
]

// A rotator may regenerate the keys of this account and of no other, once the stage is enforce.
param resources = [
  {
    kind: 'storage-account-key'
    id: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-payroll/providers/Microsoft.Storage/storageAccounts/stpayroll'
    environment: 'prod'
  }
]

param alertEmails = ['platform@example.com']
param deployers = { principalId: '00000000-0000-0000-0000-00000000d000', type: 'Group' }
param auditors = { principalId: '00000000-0000-0000-0000-00000000a000', type: 'Group' }
