metadata description = 'An account of evidence: a container a year in which a blob is created once and then only read, for as long as its retention says.'

import { access, identityMap, roleNameOf, tagValues } from '../types.bicep'

@description('Required. Name of the account.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. Zone or geo-zone redundant: evidence has no other copy.')
param sku 'Standard_ZRS' | 'Standard_GZRS'

@description('Required. How it is reached.')
param reach access

@description('Required. Workspace for its log.')
param workspaceId string

@description('Required. Years that have a container.')
param years int[]

@description('Required. Years whose retention is locked: Azure takes no further deployment of it.')
param lockedYears int[]

@description('Required. Days in which a record can neither change nor go.')
@minValue(1)
@maxValue(146000)
param retentionDays int

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

@description('Required. What deployers and auditors are.')
param principalTypes identityMap

var contract = loadJsonContent('../contract.json')
var containers = map(years, year => format(contract.containers.evidence, year))
var add = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
var path = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path'

// identity × paths that it may create.
var creators = concat(
  [
    { who: 'writer', paths: contract.evidencePaths.writer, why: 'Creates records and policy texts.' }
    { who: 'sequencer', paths: contract.evidencePaths.sequencer, why: 'Creates batches and checkpoints.' }
  ],
  contains(ids, 'deployers')
    ? [
        {
          who: 'deployers'
          paths: contract.evidencePaths.deployment
          why: 'Prepares a container (nhi evidence prepare).'
        }
      ]
    : []
)

var rights = concat(
  flatten(map(
    containers,
    container =>
      map(creators, creator => {
        container: container
        who: creator.who
        role: 'evidence creator'
        why: creator.why
        condition: '((!(ActionMatches{\'${add}\'})) OR (${join(map(creator.paths, allowed => '@Resource[${path}] StringLike \'${allowed}\''), ' OR ')}))'
      })
  )),
  map(contains(ids, 'auditors') ? containers : [], container => {
    container: container
    who: 'auditors'
    role: 'evidence auditor'
    why: 'Reads evidence.'
    condition: ''
  })
)

// Who sees the account itself, with its containers and their retention; no blob.
var viewers = concat(
  [{ who: 'watcher', why: 'Verifies how evidence is protected.' }],
  contains(ids, 'auditors') ? [{ who: 'auditors', why: 'Finds its containers in Storage Explorer.' }] : []
)

module account 'storage-account.bicep' = {
  params: {
    name: name
    location: location
    // A year that is locked has no retention here: this is how it is known how long it is to be.
    tags: { ...tags, 'nhi-retention-days': string(retentionDays) }
    sku: sku
    reach: reach
    trustsServices: false
    containers: containers
    workspaceId: workspaceId
  }
}

resource accountNow 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: name

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

resource yearly 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for container in containers: {
    parent: accountNow::blobs
    name: container
  }
]

// Unlocked at first. Locking is infra/lock.sh: it cannot be undone, and a locked policy takes no further PUT.
resource retention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = [
  for (container, i) in containers: if (!contains(lockedYears, years[i])) {
    parent: yearly[i]
    name: 'default'
    properties: {
      immutabilityPeriodSinceCreationInDays: retentionDays
      allowProtectedAppendWrites: false
      allowProtectedAppendWritesAll: false
    }
    dependsOn: [account]
  }
]

resource given 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for right in rights: {
    parent: accountNow::blobs
    name: right.container
  }
]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in rights: {
    name: roleNameOf(resourceGroup().id, right.role)
  }
]

resource onContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in rights: {
    name: guid(given[i].id, ids[right.who], role[i].id)
    scope: given[i]
    properties: {
      description: right.why
      principalId: principalIds[right.who]
      principalType: principalTypes[?right.who] ?? 'ServicePrincipal'
      roleDefinitionId: role[i].id
      condition: empty(right.condition) ? null : right.condition
      conditionVersion: empty(right.condition) ? null : '2.0'
    }
    dependsOn: [account]
  }
]

resource protectionReader 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  name: roleNameOf(resourceGroup().id, 'protection reader')
}

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for viewer in viewers: {
    name: guid(accountNow.id, ids[viewer.who], protectionReader.id)
    scope: accountNow
    properties: {
      description: viewer.why
      principalId: principalIds[viewer.who]
      principalType: principalTypes[?viewer.who] ?? 'ServicePrincipal'
      roleDefinitionId: protectionReader.id
    }
    dependsOn: [account]
  }
]

// An unlocked policy does not keep the account: this does, from mistakes at least.
resource keep 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'nhi-evidence'
  scope: accountNow
  properties: {
    level: 'CanNotDelete'
    notes: 'Evidence. Nobody deletes it before its retention is over.'
  }
  dependsOn: [account, onContainers, onAccount]
}

@description('The account.')
output id string = accountNow.id
