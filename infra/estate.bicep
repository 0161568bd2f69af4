// What is governed: edit this file. main.bicepparam and subscriptions.bicepparam both read it.
import { governedResource, governedVault } from 'types.bicep'

@export()
@description('The vaults in scope: their ids, and which environment\'s rotator works there.')
var vaults governedVault[] = [
  {
    id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-payroll/providers/Microsoft.KeyVault/vaults/kv-payroll'
    environment: 'prod'
  }
]

@export()
@description('Storage accounts whose keys lie in those vaults: a rotator works at these and at no others. Entra applications and databases are granted outside Azure\'s rights: README.md.')
var resources governedResource[] = [
  // {
  //   kind: 'storage-account-key'
  //   id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-payroll/providers/Microsoft.Storage/storageAccounts/stpayroll'
  //   environment: 'prod'
  // }
]
