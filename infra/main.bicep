metadata name = 'NhiFunctions'
metadata description = 'A serverless event pipeline that governs credentials of non-human identities, beside the Key Vaults that it governs. See README.md.'

import {
  access
  discoverySettings
  identityMap
  governedResource
  governedVault
  groupOf
  groupsOf
  nameOf
  postgresSettings
  principal
  privateNetwork
  tagValues
  topicOf
  webhook
} from 'types.bicep'

targetScope = 'resourceGroup'

// ---------------------------------------------------------------- what is governed

@description('Required. The vaults in scope.')
@minLength(1)
@maxLength(200)
param vaults governedVault[]

@description('Optional. Finds vaults beside those that are listed. Found vaults are swept by the timers; events come from listed ones only.')
param discovery discoverySettings?

@description('Optional. Resources that governed credentials open and that need Azure rights to rotate (`nhi kinds`): a rotator may work at these and at no others.')
@maxLength(800)
param resources governedResource[] = []

@description('Optional. observe: list rights only; enforce: rotators may read, publish and mint. Going back takes the rights away. The third stage, locked, is a command of its own: infra/lock.sh.')
param stage 'observe' | 'enforce' = 'observe'

@description('Optional. Name of a blob in the container `policy` of the state account. Absent: the embedded policy, which observes everything. Write the blob first: a policy that is named and not there is an error.')
@minLength(1)
param policyBlob string?

@description('Optional. True when secrets of Entra applications are governed.')
param governsEntra bool = false

@description('Optional. PostgreSQL servers whose roles are governed.')
param postgres postgresSettings?

@description('Optional. Webhooks that tell people what is news. A secret that one names has to be in the product\'s vault before: the watcher gets a right to it alone.')
param webhooks webhook[] = []

// ---------------------------------------------------------------- who

@description('Optional. Who prepares evidence containers, writes the policy and makes the fingerprint key.')
param deployers principal?

@description('Optional. Who reads evidence.')
param auditors principal?

@description('Optional. True makes an identity that deletes secrets whose removal has ended (recoverably), while the deployment enforces: the policy\'s `removeNeglected` leads there. False: they stay, disabled and tagged.')
param cleanup bool = false

@description('Optional. Subscriptions (ids) in which wide roles of over-privileged identities are taken away, while the deployment enforces: makes an identity that may read and delete role assignments there, of service principals that are not this deployment\'s, and no others. The policy\'s `curtailOverPrivileged` leads there. Whoever deploys needs the right to give it. Empty: they stay findings.')
@maxLength(50)
param curtails string[] = []

@description('Conditional. Action group that alerts go to. One of actionGroupId and alertEmails is required.')
param actionGroupId string?

@description('Conditional. Mail addresses that alerts go to, where there is no action group.')
param alertEmails string[] = []

// ---------------------------------------------------------------- where

@description('Optional. Region. Event Grid wants each topic in its vault\'s region, and Azure Monitor the audit log\'s account too: see governedVault.')
param location string = resourceGroup().location

@description('Optional. Begins the names of all resources: lower-case letters and digits.')
@minLength(2)
@maxLength(8)
param namePrefix string = 'nhi'

@description('Optional. Tags of all resources.')
param tags tagValues = {}

@description('Optional. Existing Log Analytics workspace; absent: one is made.')
param workspaceId string?

@description('Optional. Workspace (resource id) in which the governed vaults\' audit logs lie too: read beside the archive. For vaults that are found (discovery) and already log there.')
param auditWorkspaceId string?

@description('Optional. Private endpoints and outbound traffic through a network; absent: public endpoints, by identity alone.')
param network privateNetwork?

@description('Optional. Public addresses or ranges of people, pipelines and probes: they reach the app (health, deployment), and in a private network storage and vaults too.')
@maxLength(100)
param allowedIpRanges string[] = []

// ---------------------------------------------------------------- evidence

@description('Optional. The first of three years whose containers are made. Leave it to the day of the deployment.')
@minValue(2026)
@maxValue(9997)
param year int = int(utcNow('yyyy'))

@description('Optional. Years whose retention infra/lock.sh has locked. Azure refuses to deploy it again.')
param lockedYears int[] = []

@description('Optional. Days in which a record can neither change nor go. 2557 are seven years.')
@minValue(1)
@maxValue(146000)
param retentionDays int = 2557

@description('Optional. Redundancy of the evidence accounts.')
param evidenceSku 'Standard_ZRS' | 'Standard_GZRS' = 'Standard_ZRS'

@description('Optional. Region of a second evidence account, for revocations and repairs that must not wait when the first one refuses.')
param evidenceSecondaryLocation string?

// ---------------------------------------------------------------- how much

@description('Optional. True makes a topic that every logged record is published to.')
param publishes bool = false

@description('Optional. Instances that always wait for events; 0 costs nothing and starts cold.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('Optional. Memory of an instance.')
param instanceMemoryMB 512 | 2048 | 4096 = 2048

@description('Optional. How many role assignments each subscription still has room for: 4000, less those that it has (az role assignment list --all --query "length(@)").')
@minValue(1)
@maxValue(4000)
param roleAssignmentLimit int = 4000

// ---------------------------------------------------------------- names

var token = take(uniqueString(resourceGroup().id), 10)
var names = {
  hostAccount: '${namePrefix}host${token}'
  stateAccount: '${namePrefix}state${token}'
  evidenceAccount: '${namePrefix}evid${token}'
  evidenceSecondaryAccount: '${namePrefix}evid2${token}'
  ownVault: '${namePrefix}-own-${token}'
  stagingVault: '${namePrefix}-stg-${token}'
  app: '${namePrefix}-func-${token}'
  topic: '${namePrefix}-topic-${token}'
}
var years = range(year, 3)
var environments = union(map(vaults, vault => toLower(vault.environment)), [])
var kinds = loadJsonContent('kinds.json')

// ---------------------------------------------------------------- refused before anything is deployed

var alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
var vaultIds = map(vaults, vault => toLower(vault.id))
var ownVaultNames = [toLower(names.ownVault), toLower(names.stagingVault)]
var ownAccountNames = [names.hostAccount, names.stateAccount, names.evidenceAccount, names.evidenceSecondaryAccount]
var topicKeys = map(vaults, vault => toLower('${groupOf(vault.id)}/${topicOf(namePrefix, vault)}'))
var hasNewNetwork = network.?addressPrefix != null
var hasOldNetwork = network.?appSubnetId != null && network.?endpointSubnetId != null && network.?dnsZoneIds != null
var deployerCount = deployers == null ? 0 : 1
var auditorCount = auditors == null ? 0 : 1
var evidenceAccountCount = evidenceSecondaryLocation == null ? 1 : 2
var enforcing = stage == 'enforce' ? 1 : 0
var curtailed = union(map(curtails, id => toLower(id)), [])
var webhookSecrets = union(
  filter(
    concat(
      map(webhooks, one => toLower(one.?uriSecretName ?? '')),
      map(webhooks, one => toLower(one.?secretName ?? ''))
    ),
    secret => !empty(secret)
  ),
  []
)

// A test holds these numbers against the assignments themselves.
var assignmentsAtHome = 21 + (publishes ? 1 : 0) + (2 * enforcing) + deployerCount * 5 + auditorCount * 5 + evidenceAccountCount * (1 + auditorCount + 3 * (2 + deployerCount + auditorCount)) + (evidenceAccountCount - 1) * 3 * (1 + auditorCount) + length(vaults) + length(webhookSecrets)
var assignmentsPerVault = 1 + enforcing + (cleanup ? enforcing : 0)
var auditWorkspaceParts = split(toLower(auditWorkspaceId ?? ''), '/')
var isAuditWorkspace = length(auditWorkspaceParts) == 9 && contains(
  toLower(auditWorkspaceId ?? ''),
  '/providers/microsoft.operationalinsights/workspaces/'
)
var subscriptionsUsed = union(
  [toLower(subscription().subscriptionId)],
  isAuditWorkspace ? [auditWorkspaceParts[2]] : [],
  map(vaults, vault => split(groupOf(vault.id), '/')[0]),
  map(resources, governed => split(groupOf(governed.id), '/')[0]),
  curtailed
)
var assignmentsBySubscription = map(subscriptionsUsed, id => {
  id: id
  count: (id == toLower(subscription().subscriptionId) ? assignmentsAtHome : 0) + (isAuditWorkspace && auditWorkspaceParts[2] == id
    ? 1
    : 0) + assignmentsPerVault * length(filter(vaults, vault => split(groupOf(vault.id), '/')[0] == id)) + enforcing * length(filter(
    resources,
    governed => split(groupOf(governed.id), '/')[0] == id
  )) + (contains(curtailed, id) ? enforcing : 0)
})

var problems = concat(
  map(
    filter(
      vaults,
      vault =>
        length(split(vault.id, '/')) != 9 || !contains(toLower(vault.id), '/providers/microsoft.keyvault/vaults/')
    ),
    vault =>
      'vaults: "${vault.id}" is no resource id of a Key Vault. Write /subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/NAME.'
  ),
  length(union(vaultIds, [])) == length(vaultIds) ? [] : ['vaults: one of them is named twice. A vault has one environment and one system topic.'],
  length(union(topicKeys, [])) == length(topicKeys) ? [] : ['vaults: two of one resource group have the same topicName. Each has a system topic of its own.'],
  map(
    filter(vaults, vault => length(nameOf(vault.id)) < 3 || length(nameOf(vault.id)) > 24),
    vault => 'vaults: the name "${nameOf(vault.id)}" has not 3 to 24 characters.'
  ),
  map(
    filter(vaults, vault => contains(ownVaultNames, toLower(nameOf(vault.id)))),
    vault => 'vaults: "${nameOf(vault.id)}" is the product\'s own: it never governs what it lives on.'
  ),
  map(
    filter(
      vaults,
      vault =>
        length(filter(
          map(range(0, length(vault.environment)), i => substring(toLower(vault.environment), i, 1)),
          letter => !contains(alphabet, letter)
        )) > 0
    ),
    vault =>
      'vaults: the environment "${vault.environment}" of ${nameOf(vault.id)} is to have letters and digits only: App Service takes nothing else in the name of a setting.'
  ),
  map(
    filter(vaults, vault => toLower(vault.environment) == 'staging'),
    vault =>
      'vaults: the environment of ${nameOf(vault.id)} is "staging", which names the identity of the product\'s own vaults. Call it "stage".'
  ),
  map(
    filter(vaults, vault => toLower(vault.?location ?? location) != toLower(location) && vault.?auditAccountId == null),
    vault =>
      'vaults: ${nameOf(vault.id)} is in ${vault.?location ?? location}, the deployment in ${location}. Name an auditAccountId there: Azure writes an audit log within a region only.'
  ),
  map(
    filter(resources, governed => !contains(objectKeys(kinds), governed.kind)),
    governed =>
      'resources: "${governed.kind}" is no kind that needs Azure rights. There are: ${join(objectKeys(kinds), ', ')}.'
  ),
  map(
    filter(
      resources,
      governed =>
        length(split(governed.id, '/')) != 9 || (contains(objectKeys(kinds), governed.kind) && !contains(
          toLower(governed.id),
          toLower('/providers/${kinds[?governed.kind].?resourceType ?? ''}/')
        ))
    ),
    governed => 'resources: "${governed.id}" is no resource that ${governed.kind} opens.'
  ),
  map(
    filter(resources, governed => !contains(environments, toLower(governed.environment))),
    governed =>
      'resources: no vault has the environment "${governed.environment}" of ${governed.id}, so nobody would rotate it.'
  ),
  map(
    filter(resources, governed => contains(ownAccountNames, toLower(nameOf(governed.id)))),
    governed => 'resources: "${nameOf(governed.id)}" is the product\'s own: it never governs what it lives on.'
  ),
  length(union(map(resources, governed => toLower('${governed.id} ${governed.environment}')), [])) == length(resources) ? [] : ['resources: one of them is named twice for one environment.'],
  map(
    filter(assignmentsBySubscription, one => one.count > roleAssignmentLimit),
    one =>
      'The subscription ${one.id} would get ${one.count} role assignments; it has room for ${roleAssignmentLimit}. Deploy the product more than once, each with part of the vaults.'
  ),
  map(
    filter(curtailed, id => length(id) != 36 || length(split(id, '-')) != 5),
    id => 'curtails: "${id}" is no id of a subscription. Write 00000000-0000-0000-0000-000000000000.'
  ),
  contains(webhookSecrets, 'nhi-fingerprint-key')
    ? ['webhooks: nhi-fingerprint-key is the product\'s own and no webhook\'s. Make a secret for the webhook.']
    : [],
  actionGroupId == null && empty(alertEmails)
    ? ['alertEmails: alerts go to nobody. Give mail addresses or an actionGroupId.']
    : [],
  auditWorkspaceId != null && !isAuditWorkspace
    ? [
        'auditWorkspaceId: "${auditWorkspaceId!}" is no resource id of a workspace. Write /subscriptions/…/resourceGroups/…/providers/Microsoft.OperationalInsights/workspaces/NAME.'
      ]
    : [],
  network != null && hasNewNetwork == hasOldNetwork
    ? [
        'network: give addressPrefix for a new network, or appSubnetId, endpointSubnetId and dnsZoneIds of an existing one.'
      ]
    : [],
  hasNewNetwork && int(split('${network.?addressPrefix}/0', '/')[1]) > 24
    ? [
        'network: ${network.?addressPrefix} is too small. Flex Consumption wants about 40 addresses: give a /24 or larger.'
      ]
    : [],
  length(filter(
      map(range(0, length(namePrefix)), i => substring(namePrefix, i, 1)),
      letter => !contains(alphabet, letter)
    )) > 0
    ? ['namePrefix: "${namePrefix}" is to have lower-case letters and digits only, as names of storage accounts do.']
    : []
)

// Every resource below is made of these, so a problem stops all of them.
var checkedVaults = empty(problems) ? vaults : fail(join(problems, '\n'))
var checkedLocation = empty(problems) ? location : fail(join(problems, '\n'))
var groups = groupsOf(checkedVaults)
var resourceGroups = map(union(map(resources, governed => groupOf(governed.id)), []), group => {
  subscriptionId: split(group, '/')[0]
  resourceGroup: split(group, '/')[1]
  resources: filter(resources, governed => groupOf(governed.id) == group)
})
var reach access = { isPrivate: network != null, allowedIpRanges: allowedIpRanges }

// ---------------------------------------------------------------- identities, each for one work

resource hostIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${namePrefix}-id-host'
  location: checkedLocation
  tags: tags
}

resource watcherIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${namePrefix}-id-watcher'
  location: checkedLocation
  tags: tags
}

resource writerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${namePrefix}-id-writer'
  location: checkedLocation
  tags: tags
}

resource sequencerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${namePrefix}-id-sequencer'
  location: checkedLocation
  tags: tags
}

resource keeperIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${namePrefix}-id-keeper'
  location: checkedLocation
  tags: tags
}

resource rotatorIdentities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = [
  for environment in environments: {
    name: '${namePrefix}-id-rotator-${environment}'
    location: checkedLocation
    tags: tags
  }
]

resource cleanupIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (cleanup) {
  name: '${namePrefix}-id-cleanup'
  location: checkedLocation
  tags: tags
}

resource curtailerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = if (!empty(curtails)) {
  name: '${namePrefix}-id-curtailer'
  location: checkedLocation
  tags: tags
}

// Rotators, the keeper of staged values, cleanup and curtailer belong to the app in the stage enforce only.
var standing = [hostIdentity.id, watcherIdentity.id, writerIdentity.id, sequencerIdentity.id]
var acting = concat(
  [keeperIdentity.id],
  cleanup ? [resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-cleanup')] : [],
  empty(curtails) ? [] : [resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-curtailer')],
  map(
    environments,
    environment =>
      resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-rotator-${environment}')
  )
)

var ids identityMap = union(
  {
    host: hostIdentity.id
    watcher: watcherIdentity.id
    writer: writerIdentity.id
    sequencer: sequencerIdentity.id
    keeper: keeperIdentity.id
    cleanup: resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-cleanup')
  },
  deployers == null ? {} : { deployers: deployers!.principalId },
  auditors == null ? {} : { auditors: auditors!.principalId }
)
var principalTypes identityMap = union(
  deployers == null ? {} : { deployers: deployers!.type },
  auditors == null ? {} : { auditors: auditors!.type }
)
var principalIds identityMap = {
  host: hostIdentity.properties.principalId
  watcher: watcherIdentity.properties.principalId
  writer: writerIdentity.properties.principalId
  sequencer: sequencerIdentity.properties.principalId
  keeper: keeperIdentity.properties.principalId
  cleanup: cleanup ? cleanupIdentity!.properties.principalId : ''
  deployers: deployers.?principalId ?? ''
  auditors: auditors.?principalId ?? ''
}

module roles 'modules/roles.bicep' = {
  params: { token: token, stage: stage, readsWebhookSecrets: !empty(webhookSecrets) }
}

// ---------------------------------------------------------------- where it is watched

module monitoring 'modules/monitoring.bicep' = {
  params: {
    namePrefix: '${namePrefix}-${token}'
    location: location
    tags: tags
    workspaceId: workspaceId
    ids: ids
    principalIds: principalIds
  }
}

module actionGroup 'modules/action-group.bicep' = if (actionGroupId == null) {
  params: {
    name: '${namePrefix}-alerts-${token}'
    tags: tags
    emails: alertEmails
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    namePrefix: namePrefix
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    actionGroupId: actionGroupId ?? actionGroup!.outputs.id
    evidenceAccountIds: concat(
      [evidenceStorage.outputs.id],
      evidenceSecondaryLocation == null ? [] : [evidenceSecondary!.outputs.id]
    )
    lastYear: last(years)
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    displayName: 'NHI credentials (${namePrefix} ${token})'
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    evidenceAccountId: evidenceStorage.outputs.id
  }
}

// ---------------------------------------------------------------- where it keeps things

module hostStorage 'modules/host-storage.bicep' = {
  params: {
    name: names.hostAccount
    location: location
    tags: tags
    reach: reach
    workspaceId: monitoring.outputs.workspaceId
    ids: ids
    principalIds: principalIds
  }
  dependsOn: [roles]
}

module stateStorage 'modules/state-storage.bicep' = {
  params: {
    name: names.stateAccount
    location: location
    tags: tags
    reach: reach
    workspaceId: monitoring.outputs.workspaceId
    years: years
    hasSecondary: evidenceSecondaryLocation != null
    ids: ids
    principalIds: principalIds
    principalTypes: principalTypes
  }
  dependsOn: [roles]
}

module evidenceStorage 'modules/evidence-storage.bicep' = {
  params: {
    name: names.evidenceAccount
    location: location
    tags: tags
    sku: evidenceSku
    reach: reach
    workspaceId: monitoring.outputs.workspaceId
    years: years
    lockedYears: lockedYears
    retentionDays: retentionDays
    ids: ids
    principalIds: principalIds
    principalTypes: principalTypes
  }
  dependsOn: [roles]
}

module evidenceSecondary 'modules/evidence-storage.bicep' = if (evidenceSecondaryLocation != null) {
  params: {
    name: names.evidenceSecondaryAccount
    location: evidenceSecondaryLocation!
    tags: tags
    sku: evidenceSku
    reach: reach
    workspaceId: monitoring.outputs.workspaceId
    years: years
    lockedYears: lockedYears
    retentionDays: retentionDays
    ids: ids
    principalIds: principalIds
    principalTypes: principalTypes
  }
  dependsOn: [roles]
}

module ownVaults 'modules/product-vaults.bicep' = {
  params: {
    ownName: names.ownVault
    stagingName: names.stagingVault
    location: location
    tags: tags
    reach: reach
    workspaceId: monitoring.outputs.workspaceId
    auditAccountId: stateStorage.outputs.id
    stage: stage
    webhookSecrets: webhookSecrets
    ids: ids
    principalIds: principalIds
    principalTypes: principalTypes
  }
  dependsOn: [roles]
}

module topic 'modules/topic.bicep' = if (publishes) {
  params: {
    name: names.topic
    location: location
    tags: tags
    ids: ids
    principalIds: principalIds
  }
  dependsOn: [roles]
}

// ---------------------------------------------------------------- network

module newNetwork 'modules/network.bicep' = if (hasNewNetwork) {
  params: {
    name: '${namePrefix}-vnet-${token}'
    location: location
    tags: tags
    addressPrefix: network!.addressPrefix!
  }
}

module zones 'modules/dns-zones.bicep' = if (hasNewNetwork) {
  params: {
    tags: tags
    networkId: newNetwork!.outputs.id
  }
}

var storageTargets = concat(
  map(['blob', 'queue', 'table'], service => {
    name: names.hostAccount
    service: service
    id: resourceId('Microsoft.Storage/storageAccounts', names.hostAccount)
  }),
  map(['blob', 'table'], service => {
    name: names.stateAccount
    service: service
    id: resourceId('Microsoft.Storage/storageAccounts', names.stateAccount)
  }),
  [
    {
      name: names.evidenceAccount
      service: 'blob'
      id: resourceId('Microsoft.Storage/storageAccounts', names.evidenceAccount)
    }
  ],
  evidenceSecondaryLocation == null
    ? []
    : [
        {
          name: names.evidenceSecondaryAccount
          service: 'blob'
          id: resourceId('Microsoft.Storage/storageAccounts', names.evidenceSecondaryAccount)
        }
      ]
)
var vaultTargets = concat(
  map(
    [names.ownVault, names.stagingVault],
    name => { name: name, service: 'vault', id: resourceId('Microsoft.KeyVault/vaults', name) }
  ),
  map(
    filter(checkedVaults, vault => vault.?privateEndpoint ?? true),
    vault => { name: nameOf(vault.id), service: 'vault', id: vault.id }
  )
)

module endpoints 'modules/private-endpoint.bicep' = [
  for target in (network == null ? [] : concat(storageTargets, vaultTargets)): {
    params: {
      name: '${namePrefix}-pe-${target.name}-${target.service}'
      location: location
      tags: tags
      subnetId: network.?endpointSubnetId ?? newNetwork!.outputs.endpointSubnetId
      targetId: target.id
      service: target.service
      dnsZoneId: network.?dnsZoneIds[?target.service] ?? zones!.outputs.ids[target.service]
    }
    dependsOn: [hostStorage, stateStorage, evidenceStorage, evidenceSecondary, ownVaults]
  }
]

// ---------------------------------------------------------------- the app

module app 'modules/app.bicep' = {
  params: {
    name: names.app
    location: location
    tags: tags
    identityIds: stage == 'enforce' ? concat(standing, acting) : standing
    host: { id: hostIdentity.id, clientId: hostIdentity.properties.clientId }
    clients: {
      watcher: watcherIdentity.properties.clientId
      writer: writerIdentity.properties.clientId
      sequencer: sequencerIdentity.properties.clientId
    }
    keeperClientId: keeperIdentity.properties.clientId
    cleanup: cleanup
    cleanupClientId: cleanup ? cleanupIdentity!.properties.clientId : ''
    curtails: !empty(curtails)
    curtailerClientId: empty(curtails) ? '' : curtailerIdentity!.properties.clientId
    rotators: [
      for (environment, i) in environments: {
        environment: environment
        clientId: rotatorIdentities[i].properties.clientId
      }
    ]
    stage: stage
    vaults: checkedVaults
    discovery: discovery
    accounts: {
      host: names.hostAccount
      state: names.stateAccount
      evidence: names.evidenceAccount
      evidenceSecondary: evidenceSecondaryLocation == null ? null : names.evidenceSecondaryAccount
    }
    ownVaults: { own: names.ownVault, staging: names.stagingVault }
    policyBlob: policyBlob
    topicName: publishes ? names.topic : null
    governsEntra: governsEntra
    postgres: postgres
    webhooks: webhooks
    insightsName: '${namePrefix}-${token}-insights'
    auditWorkspaceId: auditWorkspaceId
    subnetId: network == null ? null : network.?appSubnetId ?? newNetwork!.outputs.appSubnetId
    allowedIpRanges: allowedIpRanges
    alwaysReady: alwaysReady
    instanceMemoryMB: instanceMemoryMB
  }
  dependsOn: [monitoring, hostStorage, stateStorage, evidenceStorage, evidenceSecondary, ownVaults, topic, endpoints]
}

// ---------------------------------------------------------------- the governed vaults, and what their credentials open

module governed 'modules/governed-vaults.bicep' = [
  for group in groups: {
    scope: resourceGroup(group.subscriptionId, group.resourceGroup)
    params: {
      token: token
      namePrefix: namePrefix
      location: location
      tags: tags
      vaults: group.vaults
      stage: stage
      cleanup: cleanup && stage == 'enforce'
      ids: ids
      principalIds: principalIds
      environments: environments
      rotatorIds: map(
        environments,
        environment =>
          resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-rotator-${environment}')
      )
      rotatorPrincipalIds: [for (environment, i) in environments: rotatorIdentities[i].properties.principalId]
      workspaceId: monitoring.outputs.workspaceId
      auditAccountId: stateStorage.outputs.id
      actionGroupId: actionGroupId ?? actionGroup!.outputs.id
    }
  }
]

module auditReading 'modules/audit-reading.bicep' = if (isAuditWorkspace) {
  scope: resourceGroup(
    isAuditWorkspace ? auditWorkspaceParts[2] : subscription().subscriptionId,
    isAuditWorkspace ? split(auditWorkspaceId!, '/')[4] : resourceGroup().name
  )
  params: {
    token: token
    workspaceName: nameOf(auditWorkspaceId ?? '')
    ids: ids
    principalIds: principalIds
  }
}

module deadLetters 'modules/dead-letter-rights.bicep' = {
  params: {
    namePrefix: namePrefix
    accountName: names.hostAccount
    vaults: checkedVaults
  }
  dependsOn: [hostStorage, governed]
}

module kindRights 'modules/kind-rights.bicep' = [
  for group in resourceGroups: {
    scope: resourceGroup(group.subscriptionId, group.resourceGroup)
    params: {
      token: token
      resources: group.resources
      stage: stage
      environments: environments
      rotatorIds: map(
        environments,
        environment =>
          resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-rotator-${environment}')
      )
      rotatorPrincipalIds: [for (environment, i) in environments: rotatorIdentities[i].properties.principalId]
    }
  }
]

module curtailerRights 'modules/curtailer-rights.bicep' = [
  for id in curtailed: {
    scope: subscription(id)
    params: {
      token: token
      stage: stage
      curtailerId: resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', '${namePrefix}-id-curtailer')
      curtailerPrincipalId: curtailerIdentity!.properties.principalId
      ownPrincipalIds: concat(
        [
          hostIdentity.properties.principalId
          watcherIdentity.properties.principalId
          writerIdentity.properties.principalId
          sequencerIdentity.properties.principalId
          keeperIdentity.properties.principalId
          curtailerIdentity!.properties.principalId
        ],
        cleanup ? [cleanupIdentity!.properties.principalId] : []
      )
      rotatorPrincipalIds: [for (environment, i) in environments: rotatorIdentities[i].properties.principalId]
    }
  }
]

// ---------------------------------------------------------------- what the next steps need (azd keeps outputs as environment variables)

@description('The app: for infra/subscriptions.bicep.')
output NHI_APP_NAME string = names.app

@description('The host account, which keeps dead letters: for infra/subscriptions.bicep.')
output NHI_HOST_ACCOUNT string = names.hostAccount

@description('The state account: for infra/prepare.sh.')
output NHI_STATE_ACCOUNT string = names.stateAccount

@description('The evidence account: for infra/prepare.sh and infra/lock.sh.')
output NHI_EVIDENCE_ACCOUNT string = names.evidenceAccount

@description('The second evidence account; empty: there is none.')
output NHI_EVIDENCE_SECONDARY_ACCOUNT string = evidenceSecondaryLocation == null ? '' : names.evidenceSecondaryAccount

@description('The product\'s own vault: for infra/prepare.sh.')
output NHI_OWN_VAULT string = names.ownVault

@description('The staging vault.')
output NHI_STAGING_VAULT string = names.stagingVault

@description('The first of the years that have a container of evidence.')
output NHI_FIRST_YEAR int = year

@description('Role assignments that this deployment makes, by subscription; Azure takes 4000 in each.')
output roleAssignments { id: string, count: int }[] = assignmentsBySubscription

@description('Who the rotators are, for grants outside Azure\'s own rights: owners of Entra applications, roles of PostgreSQL servers.')
output rotators { environment: string, clientId: string, principalId: string }[] = [
  for (environment, i) in environments: {
    environment: environment
    clientId: rotatorIdentities[i].properties.clientId
    principalId: rotatorIdentities[i].properties.principalId
  }
]
