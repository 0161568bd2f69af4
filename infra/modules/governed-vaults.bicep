metadata description = 'What the governed vaults of one resource group need there: audit logs, an event topic, and the rights of who works on them.'

import { governedVault, identityMap, nameOf, roleNameOf, tagValues, topicOf } from '../types.bicep'

@description('Required. Distinguishes this deployment: names of roles are unique in a tenant.')
param token string

@description('Required. Prefix of names.')
param namePrefix string

@description('Required. Region of vaults that name none.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. The vaults; all are in this resource group.')
param vaults governedVault[]

@description('Required. observe: rotators may do no more than the watcher, whatever was given to them before; enforce: they read, set and disable.')
param stage 'observe' | 'enforce'

@description('Required. True gives the cleanup identity its right; false, as in the stage observe, takes it.')
param cleanup bool

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

@description('Required. Environments that have a rotator.')
param environments string[]

@description('Required. Resource ids of the rotators, in the order of the environments.')
param rotatorIds string[]

@description('Required. Their object ids in Entra.')
param rotatorPrincipalIds string[]

@description('Required. Workspace for the audit logs.')
param workspaceId string

@description('Required. Account for the audit logs of vaults in the deployment\'s region.')
param auditAccountId string

@description('Required. Who is told.')
param actionGroupId string

var secrets = 'Microsoft.KeyVault/vaults/secrets'
var listing = ['${secrets}/readMetadata/action']

// A role is updated in place: what was given in the stage enforce ends with the next deployment of observe, though a deployment deletes no assignment.
var roles = [
  {
    key: 'vault watcher'
    description: 'Lists secrets and their tags; reads no value.'
    dataActions: listing
  }
  {
    key: 'vault rotator'
    description: stage == 'enforce'
      ? 'Reads, sets and disables secrets; deletes none.'
      : 'Lists secrets: this deployment observes.'
    dataActions: stage == 'enforce'
      ? concat(listing, ['${secrets}/getSecret/action', '${secrets}/setSecret/action', '${secrets}/update/action'])
      : listing
  }
  {
    key: 'vault cleaner'
    description: cleanup
      ? 'Deletes secrets, which stay recoverable; purges none.'
      : 'Lists secrets: this deployment has no cleanup.'
    dataActions: cleanup ? ['${secrets}/delete'] : listing
  }
]

var rights = flatten(map(
  vaults,
  vault =>
    concat(
      [
        {
          vault: nameOf(vault.id)
          who: 'watcher'
          rotator: -1
          role: roles[0].key
          why: 'Sees which secrets there are.'
        }
      ],
      stage == 'enforce'
        ? [
            {
              vault: nameOf(vault.id)
              who: 'rotator'
              rotator: indexOf(environments, toLower(vault.environment))
              role: roles[1].key
              why: 'Rotates secrets of ${vault.environment}.'
            }
          ]
        : [],
      cleanup
        ? [
            {
              vault: nameOf(vault.id)
              who: 'cleanup'
              rotator: -1
              role: roles[2].key
              why: 'Deletes what was removed.'
            }
          ]
        : []
    )
))

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in roles: {
    name: roleNameOf(resourceGroup().id, '${role.key} ${token}')
    properties: {
      roleName: 'NHI ${role.key} (${token} ${uniqueString(resourceGroup().id)})'
      description: role.description
      type: 'CustomRole'
      permissions: [{ actions: [], notActions: [], dataActions: role.dataActions, notDataActions: [] }]
      assignableScopes: [resourceGroup().id]
    }
  }
]

resource vaultNow 'Microsoft.KeyVault/vaults@2026-02-01' existing = [
  for vault in vaults: {
    name: nameOf(vault.id)
  }
]

#disable-next-line use-recent-api-versions // there is no stable one
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = [
  for (vault, i) in vaults: {
    name: '${namePrefix}-${token}'
    scope: vaultNow[i]
    properties: {
      workspaceId: workspaceId
      logAnalyticsDestinationType: 'Dedicated'
      storageAccountId: contains(vault, 'auditAccountId') ? vault.auditAccountId! : auditAccountId
      logs: [{ category: 'AuditEvent', enabled: true }]
    }
  }
]

// Its subscription comes after the code (infra/subscriptions.bicep): Event Grid looks whether the function is there.
resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = [
  for (vault, i) in vaults: {
    name: topicOf(namePrefix, vault)
    location: vault.?location ?? location
    tags: tags
    identity: { type: 'SystemAssigned' }
    properties: {
      source: vaultNow[i].id
      topicType: 'Microsoft.KeyVault.vaults'
    }
  }
]

#disable-next-line use-recent-api-versions // live in every region
resource lost 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (vault, i) in vaults: {
    name: '${topicOf(namePrefix, vault)}-dead-letters'
    location: 'global'
    tags: tags
    properties: {
      description: 'Events of the vault ${nameOf(vault.id)} could not be delivered. The sweep finds what they told of within 15 minutes; see the app\'s log for why.'
      severity: 2
      enabled: true
      autoMitigate: true
      evaluationFrequency: 'PT15M'
      windowSize: 'PT1H'
      scopes: [topic[i].id]
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'dead-letters'
            metricNamespace: 'Microsoft.EventGrid/systemTopics'
            metricName: 'DeadLetteredCount'
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

resource givenVault 'Microsoft.KeyVault/vaults@2026-02-01' existing = [
  for right in rights: {
    name: right.vault
  }
]

resource givenRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in rights: {
    name: roleNameOf(resourceGroup().id, '${right.role} ${token}')
  }
]

resource onVaults 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in rights: {
    name: guid(givenVault[i].id, right.rotator < 0 ? ids[right.who] : rotatorIds[right.rotator], givenRole[i].id)
    scope: givenVault[i]
    properties: {
      description: right.why
      principalId: right.rotator < 0 ? principalIds[right.who] : rotatorPrincipalIds[right.rotator]
      principalType: 'ServicePrincipal'
      roleDefinitionId: givenRole[i].id
    }
    dependsOn: [definitions]
  }
]
