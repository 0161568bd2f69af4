metadata description = 'The account of what can be made again: tables, tiles, and the policy. The vaults\' audit logs come here too.'

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

@description('Required. Years whose tiles have a container.')
param years int[]

@description('Required. True where a second evidence account has tiles too.')
param hasSecondary bool

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

@description('Required. What deployers and auditors are.')
param principalTypes identityMap

var contract = loadJsonContent('../contract.json')
var tables = contract.tables
var tiles = concat(
  map(years, year => format(contract.containers.tiles, year)),
  map(hasSecondary ? years : [], year => format(contract.containers.secondaryTiles, year))
)

// identity × table × role: the whole of who may touch which row.
var tableRights = concat(
  [
    { who: 'watcher', table: tables.operations, role: 'row keeper', why: 'One row per resource: who works on it.' }
    { who: 'watcher', table: tables.debts, role: 'row keeper', why: 'What was tried of a debt.' }
    { who: 'watcher', table: tables.inventory, role: 'row keeper', why: 'What was last seen.' }
    { who: 'watcher', table: tables.findings, role: 'row keeper', why: 'What breaks policy.' }
    { who: 'watcher', table: tables.use, role: 'row keeper', why: 'Who read which version when.' }
    { who: 'watcher', table: tables.removals, role: 'row keeper', why: 'How far a removal has come.' }
    { who: 'watcher', table: tables.cursors, role: 'row keeper', why: 'How far each sink has come.' }
    { who: 'watcher', table: tables.evidenceIndex, role: 'row reader', why: 'Finds records by credential.' }
    { who: 'writer', table: tables.evidencePending, role: 'row adder', why: 'Hints for the sequencer.' }
    { who: 'sequencer', table: tables.evidencePending, role: 'pending worker', why: 'Its own work list.' }
    { who: 'sequencer', table: tables.evidenceIndex, role: 'row keeper', why: 'Derived from batches.' }
  ],
  contains(ids, 'deployers')
    ? [
        {
          who: 'deployers'
          table: tables.operations
          role: 'row keeper'
          why: 'The marker row, which says that the tables are whole.'
        }
      ]
    : []
)

// identity × container × role.
var containerRights = concat(
  [
    { who: 'watcher', container: contract.containers.policy, role: 'blob reader', why: 'Reads the policy each minute.' }
    {
      who: 'watcher'
      container: contract.containers.auditLogs
      role: 'blob reader'
      why: 'The vaults\' logs say who read and changed what.'
    }
  ],
  contains(ids, 'deployers')
    ? [
        {
          who: 'deployers'
          container: contract.containers.policy
          role: 'blob keeper'
          why: 'The policy is theirs alone.'
        }
      ]
    : [],
  map(
    tiles,
    container => { who: 'sequencer', container: container, role: 'blob keeper', why: 'Tiles are derived from batches.' }
  ),
  map(
    contains(ids, 'auditors') ? tiles : [],
    container => { who: 'auditors', container: container, role: 'blob reader', why: 'Proofs are read from tiles.' }
  )
)

module account 'storage-account.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    sku: 'Standard_ZRS'
    reach: reach
    // Azure Monitor writes the vaults' audit logs through the firewall.
    trustsServices: true
    // Azure Monitor would make its own container; ours is there before, so that the watcher may read it.
    containers: concat([contract.containers.policy, contract.containers.auditLogs], tiles)
    tables: map(items(tables), table => table.value)
    keepsDeleted: true
    workspaceId: workspaceId
  }
}

resource accountNow 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: name

  resource blobs 'blobServices' existing = {
    name: 'default'
  }

  resource rows 'tableServices' existing = {
    name: 'default'
  }
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [
  for right in tableRights: {
    parent: accountNow::rows
    name: right.table
  }
]

resource tableRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in tableRights: {
    name: roleNameOf(resourceGroup().id, right.role)
  }
]

resource onTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in tableRights: {
    name: guid(table[i].id, ids[right.who], tableRole[i].id)
    scope: table[i]
    properties: {
      description: right.why
      principalId: principalIds[right.who]
      principalType: principalTypes[?right.who] ?? 'ServicePrincipal'
      roleDefinitionId: tableRole[i].id
    }
    dependsOn: [account]
  }
]

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for right in containerRights: {
    parent: accountNow::blobs
    name: right.container
  }
]

resource containerRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in containerRights: {
    name: roleNameOf(resourceGroup().id, right.role)
  }
]

resource onContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in containerRights: {
    name: guid(container[i].id, ids[right.who], containerRole[i].id)
    scope: container[i]
    properties: {
      description: right.why
      principalId: principalIds[right.who]
      principalType: principalTypes[?right.who] ?? 'ServicePrincipal'
      roleDefinitionId: containerRole[i].id
    }
    dependsOn: [account]
  }
]

@description('The account.')
output id string = accountNow.id
