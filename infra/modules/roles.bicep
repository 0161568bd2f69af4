metadata description = 'The product\'s own roles in its resource group: each is what one identity needs of one thing. None has a wildcard, and one alone may delete: rows of the sequencer\'s work list.'

import { roleNameOf } from '../types.bicep'

@description('Required. Distinguishes this deployment: names of roles are unique in a tenant.')
param token string

@description('Required. True where a webhook names a secret of the product\'s vault; false takes away what was given.')
param readsWebhookSecrets bool

@description('Required. observe takes from the keeper what enforce gave it: a role is updated in place, though a deployment deletes no assignment.')
param stage 'observe' | 'enforce'

var blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
var containers = 'Microsoft.Storage/storageAccounts/blobServices/containers'
var entities = 'Microsoft.Storage/storageAccounts/tableServices/tables/entities'
var vaults = 'Microsoft.KeyVault/vaults'

var roles = [
  {
    key: 'evidence creator'
    description: 'Creates blobs that are not there and reads those that are; never overwrites, changes or deletes. Always given with a condition that names paths.'
    actions: ['${containers}/read']
    dataActions: ['${blobs}/read', '${blobs}/add/action']
  }
  {
    key: 'evidence auditor'
    description: 'Reads evidence and the state of its protection.'
    actions: ['Microsoft.Storage/storageAccounts/read', '${containers}/read', '${containers}/immutabilityPolicies/read']
    dataActions: ['${blobs}/read']
  }
  {
    key: 'protection reader'
    description: 'Reads how an account and its containers are protected; no blob.'
    actions: ['Microsoft.Storage/storageAccounts/read', '${containers}/read', '${containers}/immutabilityPolicies/read']
    dataActions: []
  }
  {
    key: 'blob reader'
    description: 'Reads blobs of one container.'
    actions: ['${containers}/read']
    dataActions: ['${blobs}/read']
  }
  {
    key: 'blob keeper'
    description: 'Writes and overwrites blobs of one container that can be made again; deletes none.'
    actions: ['${containers}/read']
    dataActions: ['${blobs}/read', '${blobs}/add/action', '${blobs}/write']
  }
  {
    key: 'row reader'
    description: 'Reads rows of one table.'
    actions: []
    dataActions: ['${entities}/read']
  }
  {
    key: 'row keeper'
    description: 'Reads, adds and changes rows of one table; deletes none.'
    actions: []
    dataActions: ['${entities}/read', '${entities}/add/action', '${entities}/update/action']
  }
  {
    key: 'row adder'
    description: 'Adds rows to one table, again too; reads and deletes none.'
    actions: []
    dataActions: ['${entities}/add/action', '${entities}/update/action']
  }
  {
    key: 'pending worker'
    description: 'Reads the sequencer\'s work list and deletes what is done.'
    actions: []
    dataActions: ['${entities}/read', '${entities}/delete']
  }
  {
    key: 'key signer'
    description: 'Signs with one key and reads its public half.'
    actions: []
    dataActions: ['${vaults}/keys/read', '${vaults}/keys/sign/action']
  }
  {
    key: 'key reader'
    description: 'Reads the public half of one key.'
    actions: []
    dataActions: ['${vaults}/keys/read']
  }
  {
    key: 'secret reader'
    description: 'Reads the values of one vault\'s secrets.'
    actions: []
    dataActions: stage == 'enforce' ? ['${vaults}/secrets/getSecret/action'] : ['${vaults}/secrets/readMetadata/action']
  }
  {
    key: 'webhook reader'
    description: 'Reads the value of one secret that a webhook names.'
    actions: []
    dataActions: readsWebhookSecrets
      ? ['${vaults}/secrets/getSecret/action']
      : ['${vaults}/secrets/readMetadata/action']
  }
  {
    key: 'secret preparer'
    description: 'Sets secrets of the product\'s own vault and sees which there are; reads no value.'
    actions: []
    dataActions: ['${vaults}/secrets/readMetadata/action', '${vaults}/secrets/setSecret/action']
  }
  {
    key: 'secret keeper'
    description: 'Reads, sets and disables the staged values; deletes none.'
    actions: []
    dataActions: concat(
      ['${vaults}/secrets/readMetadata/action'],
      stage == 'enforce'
        ? [
            '${vaults}/secrets/getSecret/action'
            '${vaults}/secrets/setSecret/action'
            '${vaults}/secrets/update/action'
          ]
        : []
    )
  }
  {
    key: 'event sender'
    description: 'Sends events to the product\'s topic.'
    actions: []
    dataActions: ['Microsoft.EventGrid/events/send/action']
  }
]

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in roles: {
    name: roleNameOf(resourceGroup().id, role.key)
    properties: {
      roleName: 'NHI ${role.key} (${token})'
      description: role.description
      type: 'CustomRole'
      permissions: [{ actions: role.actions, notActions: [], dataActions: role.dataActions, notDataActions: [] }]
      assignableScopes: [resourceGroup().id]
    }
  }
]
