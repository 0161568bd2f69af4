metadata description = 'The topic that every logged record is published to, for who subscribes: tickets, chats, inventories.'

import { identityMap, roleNameOf, tagValues } from '../types.bicep'

@description('Required. Name of the topic.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    disableLocalAuth: true
    inputSchema: 'CloudEventSchemaV1_0'
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource sender 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  name: roleNameOf(resourceGroup().id, 'event sender')
}

resource publishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, ids.watcher, sender.id)
  scope: topic
  properties: {
    description: 'Publishes what was logged.'
    principalId: principalIds.watcher
    principalType: 'ServicePrincipal'
    roleDefinitionId: sender.id
  }
}
