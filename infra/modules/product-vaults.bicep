metadata description = 'The product\'s own vaults: keys that sign the log and certify producers, the fingerprint key, and the values on their way.'

import { access, identityMap, roleNameOf, tagValues } from '../types.bicep'

@description('Required. Name of the product\'s own vault.')
@minLength(3)
@maxLength(24)
param ownName string

@description('Required. Name of the staging vault.')
@minLength(3)
@maxLength(24)
param stagingName string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. How they are reached.')
param reach access

@description('Required. Workspace for their audit logs.')
param workspaceId string

@description('Required. Account for their audit logs.')
param auditAccountId string

@description('Required. enforce: the keeper reads the fingerprint key and keeps staged values.')
param stage 'observe' | 'enforce'

@description('Required. Secrets of the own vault that webhooks name, each once.')
param webhookSecrets string[]

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

@description('Required. What deployers and auditors are.')
param principalTypes identityMap

var contract = loadJsonContent('../contract.json')

var vaultRights = concat(
  stage == 'enforce'
    ? [
        { who: 'keeper', vault: ownName, role: 'secret reader', why: 'Fingerprints are made with its key.' }
        {
          who: 'keeper'
          vault: stagingName
          role: 'secret keeper'
          why: 'Values are staged before they are set at a provider.'
        }
      ]
    : [],
  contains(ids, 'deployers')
    ? [{ who: 'deployers', vault: ownName, role: 'secret preparer', why: 'Makes the fingerprint key, once.' }]
    : []
)

var keyRights = concat(
  [
    { who: 'sequencer', key: contract.keys.log, role: 'key signer', why: 'It alone signs batches and checkpoints.' }
    { who: 'writer', key: contract.keys.producers, role: 'key signer', why: 'Certifies the keys of instances.' }
  ],
  map(
    contains(ids, 'deployers') ? items(contract.keys) : [],
    key => { who: 'deployers', key: key.value, role: 'key reader', why: 'Copies the public half beside the log.' }
  ),
  map(
    contains(ids, 'auditors') ? items(contract.keys) : [],
    key => { who: 'auditors', key: key.value, role: 'key reader', why: 'Verifies with it, not with a copy.' }
  )
)

resource vaults 'Microsoft.KeyVault/vaults@2026-02-01' = [
  for name in [ownName, stagingName]: {
    name: name
    location: location
    tags: tags
    properties: {
      tenantId: tenant().tenantId
      sku: { family: 'A', name: 'standard' }
      enableRbacAuthorization: true
      enableSoftDelete: true
      softDeleteRetentionInDays: 90
      enablePurgeProtection: true
      enabledForDeployment: false
      enabledForDiskEncryption: false
      enabledForTemplateDeployment: false
      publicNetworkAccess: reach.isPrivate && empty(reach.allowedIpRanges) ? 'Disabled' : 'Enabled'
      networkAcls: {
        bypass: 'None'
        defaultAction: reach.isPrivate ? 'Deny' : 'Allow'
        ipRules: map(reach.isPrivate ? reach.allowedIpRanges : [], range => { value: range })
        virtualNetworkRules: []
      }
    }
  }
]

// Deploying again returns the key that is there; a new version is made by hand (operations.md, "Rotating the log's key").
resource keys 'Microsoft.KeyVault/vaults/keys@2026-02-01' = [
  for key in items(contract.keys): {
    parent: vaults[0]
    name: key.value
    properties: {
      kty: 'EC'
      curveName: 'P-256'
      keyOps: ['sign']
      attributes: { enabled: true, exportable: false }
    }
  }
]

#disable-next-line use-recent-api-versions // there is no stable one
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = [
  for (name, i) in [ownName, stagingName]: {
    name: 'nhi'
    scope: vaults[i]
    properties: {
      workspaceId: workspaceId
      logAnalyticsDestinationType: 'Dedicated'
      storageAccountId: auditAccountId
      logs: [{ category: 'AuditEvent', enabled: true }]
    }
  }
]

resource vaultNow 'Microsoft.KeyVault/vaults@2026-02-01' existing = [
  for right in vaultRights: {
    name: right.vault
  }
]

resource vaultRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in vaultRights: {
    name: roleNameOf(resourceGroup().id, right.role)
  }
]

resource onVaults 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in vaultRights: {
    name: guid(vaultNow[i].id, ids[right.who], vaultRole[i].id)
    scope: vaultNow[i]
    properties: {
      description: right.why
      principalId: principalIds[right.who]
      principalType: principalTypes[?right.who] ?? 'ServicePrincipal'
      roleDefinitionId: vaultRole[i].id
    }
    dependsOn: [vaults]
  }
]

resource own 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: ownName
}

resource keyNow 'Microsoft.KeyVault/vaults/keys@2026-02-01' existing = [
  for right in keyRights: {
    parent: own
    name: right.key
  }
]

resource keyRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in keyRights: {
    name: roleNameOf(resourceGroup().id, right.role)
  }
]

resource onKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in keyRights: {
    name: guid(keyNow[i].id, ids[right.who], keyRole[i].id)
    scope: keyNow[i]
    properties: {
      description: right.why
      principalId: principalIds[right.who]
      principalType: principalTypes[?right.who] ?? 'ServicePrincipal'
      roleDefinitionId: keyRole[i].id
    }
    dependsOn: [keys]
  }
]

// Each at the secret itself, which has to be there: nothing else of the vault is the watcher's to read.
resource secretNow 'Microsoft.KeyVault/vaults/secrets@2026-02-01' existing = [
  for secret in webhookSecrets: {
    parent: own
    name: secret
  }
]

resource webhookRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  name: roleNameOf(resourceGroup().id, 'webhook reader')
}

resource onSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (secret, i) in webhookSecrets: {
    name: guid(secretNow[i].id, ids.watcher, webhookRole.id)
    scope: secretNow[i]
    properties: {
      description: 'Webhooks are signed with it, or it is their address.'
      principalId: principalIds.watcher
      principalType: 'ServicePrincipal'
      roleDefinitionId: webhookRole.id
    }
    dependsOn: [vaults]
  }
]

@description('The product\'s own vault.')
output ownId string = vaults[0].id

@description('The staging vault.')
output stagingId string = vaults[1].id
