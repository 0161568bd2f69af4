metadata description = 'Lets the system topics of the governed vaults write to the dead-letter container, and to nothing else.'

import { governedVault, topicOf } from '../types.bicep'

@description('Required. Prefix of names.')
param namePrefix string

@description('Required. Name of the host account.')
param accountName string

@description('Required. The vaults.')
param vaults governedVault[]

var contract = loadJsonContent('../contract.json')

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: contract.containers.deadLetters
    }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = [
  for vault in vaults: {
    scope: resourceGroup(split(vault.id, '/')[2], split(vault.id, '/')[4])
    name: topicOf(namePrefix, vault)
  }
]

// Storage Blob Data Contributor: what Event Grid asks for on its dead-letter container, and holds nowhere else.
resource contributor 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  scope: subscription()
  name: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
}

resource buries 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (vault, i) in vaults: {
    name: guid(account::blobs::deadLetters.id, topic[i].id, contributor.id)
    scope: account::blobs::deadLetters
    properties: {
      description: 'Event Grid keeps what it could not deliver of ${last(split(vault.id, '/'))}.'
      principalId: topic[i].identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: contributor.id
    }
  }
]
