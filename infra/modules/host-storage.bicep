metadata description = 'The account of the Functions host: its leases, keys and the app\'s package; and Event Grid\'s dead letters.'

import { access, identityMap, roleNameOf, tagValues } from '../types.bicep'

@description('Required. Name of the account.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. How it is reached.')
param reach access

@description('Required. Workspace for its log.')
param workspaceId string

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

var contract = loadJsonContent('../contract.json')

module account 'storage-account.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    sku: 'Standard_ZRS'
    reach: reach
    // Event Grid writes dead letters through the firewall by its topic's own identity.
    trustsServices: true
    containers: [contract.containers.package, contract.containers.deadLetters]
    workspaceId: workspaceId
  }
}

resource accountNow 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: name

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: contract.containers.deadLetters
    }
  }
}

// Each is looked at within an hour and is a finding then: later it says nothing any more, but holds names of secrets. The account keeps versions, so these go too.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: accountNow
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'dead-letters'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${contract.containers.deadLetters}/'] }
            actions: {
              baseBlob: { delete: { daysAfterCreationGreaterThan: 90 } }
              version: { delete: { daysAfterCreationGreaterThan: 90 } }
            }
          }
        }
      ]
    }
  }
  dependsOn: [account]
}

resource blobReader 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  name: roleNameOf(resourceGroup().id, 'blob reader')
}

resource watcherReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(accountNow::blobs::deadLetters.id, ids.watcher, blobReader.id)
  scope: accountNow::blobs::deadLetters
  properties: {
    description: 'What Event Grid gave up is looked at each hour.'
    principalId: principalIds.watcher
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobReader.id
  }
  dependsOn: [account]
}

// Storage Blob Data Owner: what the platform asks for on its own account, and holds nowhere else.
resource owner 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  scope: subscription()
  name: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
}

resource hostOwns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(accountNow.id, ids.host, owner.id)
  scope: accountNow
  properties: {
    description: 'The Functions host keeps its leases, keys and package here.'
    principalId: principalIds.host
    principalType: 'ServicePrincipal'
    roleDefinitionId: owner.id
  }
  dependsOn: [account]
}

@description('The account.')
output id string = accountNow.id
