metadata name = 'NhiFunctions event subscriptions'
metadata description = 'Deployed after the code: Event Grid refuses a subscription whose function is not there. The topics and their rights are made by main.bicep.'

import { governedVault, groupsOf } from 'types.bicep'

targetScope = 'resourceGroup'

@description('Required. The same vaults as in main.bicep.')
@minLength(1)
@maxLength(200)
param vaults governedVault[]

@description('Optional. The same as in main.bicep.')
@minLength(2)
@maxLength(8)
param namePrefix string = 'nhi'

@description('Required. Name of the app (output NHI_APP_NAME).')
param appName string

@description('Required. Name of the account that keeps dead letters (output NHI_HOST_ACCOUNT).')
param hostAccountName string

var contract = loadJsonContent('contract.json')

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName

  resource function 'functions' existing = {
    name: contract.function
  }
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostAccountName
}

module events 'modules/event-subscriptions.bicep' = [
  for group in groupsOf(vaults): {
    scope: resourceGroup(group.subscriptionId, group.resourceGroup)
    params: {
      namePrefix: namePrefix
      vaults: group.vaults
      functionId: app::function.id
      deadLetterAccountId: hostAccount.id
    }
  }
]
