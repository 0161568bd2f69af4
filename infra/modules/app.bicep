metadata description = 'The Functions app on Flex Consumption: user-assigned identities alone, no key and no connection string.'

import { discoverySettings, governedVault, namedClient, nameOf, postgresSettings, tagValues, webhook } from '../types.bicep'

@description('Required. Name of the app.')
@minLength(2)
@maxLength(60)
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. Identities that the app holds.')
param identityIds string[]

@description('Required. Identity of the Functions host.')
param host { id: string, clientId: string }

@description('Required. Client ids by role.')
param clients { watcher: string, writer: string, sequencer: string }

@description('Required. Rotators by environment.')
param rotators namedClient[]

@description('Required. The identity of the product\'s own and staged values.')
param keeperClientId string

@description('Required. True where what was removed is deleted, in the stage enforce.')
param cleanup bool

@description('Required. The identity that does it; empty where there is none.')
param cleanupClientId string

@description('Required. True where wide roles are taken away, in the stage enforce.')
param curtails bool

@description('Required. The identity that does it; empty where there is none.')
param curtailerClientId string

@description('Required. observe names no rotator to the app.')
param stage 'observe' | 'enforce'

@description('Required. Vaults in scope.')
param vaults governedVault[]

@description('Optional. Vaults to find beside these.')
param discovery discoverySettings?

@description('Required. Names of the storage accounts.')
param accounts { host: string, state: string, evidence: string, evidenceSecondary: string? }

@description('Required. Names of the product\'s vaults.')
param ownVaults { own: string, staging: string }

@description('Optional. Blob in the policy container; absent: the embedded policy, which observes everything.')
param policyBlob string?

@description('Optional. Name of the topic that records are published to.')
param topicName string?

@description('Required. True when secrets of Entra applications are governed.')
param governsEntra bool

@description('Optional. PostgreSQL.')
param postgres postgresSettings?

@description('Required. Webhooks that tell people what is news.')
param webhooks webhook[]

@description('Required. Name of the Application Insights component.')
param insightsName string

@description('Optional. Workspace (resource id) that the vaults\' audit logs lie in too.')
param auditWorkspaceId string?

@description('Optional. Subnet for outbound traffic.')
param subnetId string?

@description('Required. Ranges that may call the health function and deploy, beside Event Grid.')
param allowedIpRanges string[]

@description('Required. Instances of OnSecretEvent that are always there; 0 costs nothing and starts cold.')
@minValue(0)
@maxValue(20)
param alwaysReady int

@description('Required. Memory of an instance.')
param instanceMemoryMB 512 | 2048 | 4096

var contract = loadJsonContent('../contract.json')
var storage = environment().suffixes.storage
var vaultDns = environment().suffixes.keyvaultDns

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = if (topicName != null) {
  name: topicName!
}

resource auditWorkspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = if (auditWorkspaceId != null) {
  scope: resourceGroup(split(auditWorkspaceId ?? '////', '/')[2], split(auditWorkspaceId ?? '////', '/')[4])
  name: nameOf(auditWorkspaceId ?? 'none')
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: '${name}-plan'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

var named = map(range(0, length(allowedIpRanges)), i => {
  action: 'Allow'
  tag: 'Default'
  ipAddress: contains(allowedIpRanges[i], '/') ? allowedIpRanges[i] : '${allowedIpRanges[i]}/32'
  priority: 200 + i
  name: 'allowed-${i}'
})

// Event Grid, and who is named. Event Grid cannot push to a private endpoint (README, "Network").
var allowed = concat(
  [{ action: 'Allow', tag: 'ServiceTag', ipAddress: 'AzureEventGrid', priority: 100, name: 'event-grid' }],
  named
)

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: toObject(identityIds, id => id, id => {})
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientCertEnabled: false
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${accounts.host}.blob.${storage}/${contract.containers.package}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: host.id }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'function:${contract.function}', instanceCount: alwaysReady }]
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: 40
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictions: allowed
      ipSecurityRestrictionsDefaultAction: 'Deny'
      // Deployment goes here, by Entra token; from the named ranges, where there are any.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictions: named
      scmIpSecurityRestrictionsDefaultAction: empty(named) ? 'Allow' : 'Deny'
    }
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noBasic 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        AzureWebJobsStorage__blobServiceUri: 'https://${accounts.host}.blob.${storage}'
        AzureWebJobsStorage__queueServiceUri: 'https://${accounts.host}.queue.${storage}'
        AzureWebJobsStorage__tableServiceUri: 'https://${accounts.host}.table.${storage}'
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: host.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${host.clientId};Authorization=AAD'
        Nhi__Cloud: environment().name
        Nhi__Storage__State: 'https://${accounts.state}.table.${storage}'
        Nhi__Storage__Evidence: 'https://${accounts.evidence}.blob.${storage}'
        Nhi__Storage__DeadLetters: 'https://${accounts.host}.blob.${storage}/${contract.containers.deadLetters}'
        Nhi__Identities__Watcher: clients.watcher
        Nhi__Identities__Writer: clients.writer
        Nhi__Identities__Sequencer: clients.sequencer
        Nhi__ProductVault: 'https://${ownVaults.own}${vaultDns}'
        Nhi__StagingVault: 'https://${ownVaults.staging}${vaultDns}'
        Nhi__LogKey: 'https://${ownVaults.own}${vaultDns}/keys/${contract.keys.log}'
        Nhi__ProducersKey: 'https://${ownVaults.own}${vaultDns}/keys/${contract.keys.producers}'
      },
      toObject(
        range(0, length(vaults)),
        i => 'Nhi__Vaults__${i}__Uri',
        i => 'https://${toLower(nameOf(vaults[i].id))}${vaultDns}'
      ),
      toObject(range(0, length(vaults)), i => 'Nhi__Vaults__${i}__Environment', i => vaults[i].environment),
      toObject(
        range(0, length(discovery.?managementGroups ?? [])),
        i => 'Nhi__Discovery__ManagementGroups__${i}',
        i => discovery!.managementGroups![i]
      ),
      toObject(
        range(0, length(discovery.?subscriptions ?? [])),
        i => 'Nhi__Discovery__Subscriptions__${i}',
        i => discovery!.subscriptions![i]
      ),
      discovery.?tag == null ? {} : { Nhi__Discovery__Tag: discovery!.tag! },
      discovery == null ? {} : { Nhi__Discovery__Environment: discovery!.environment },
      // The name staging means the product's own values.
      stage == 'enforce' ? { Nhi__Identities__Rotators__staging: keeperClientId } : {},
      toObject(
        stage == 'enforce' ? rotators : [],
        rotator => 'Nhi__Identities__Rotators__${rotator.environment}',
        rotator => rotator.clientId
      ),
      cleanup && stage == 'enforce' ? { Nhi__Identities__Cleanup: cleanupClientId } : {},
      curtails && stage == 'enforce' ? { Nhi__Identities__Curtailer: curtailerClientId } : {},
      accounts.?evidenceSecondary == null
        ? {}
        : { Nhi__Storage__EvidenceSecondary: 'https://${accounts.evidenceSecondary!}.blob.${storage}' },
      policyBlob == null
        ? {}
        : { Nhi__Policy: 'https://${accounts.state}.blob.${storage}/${contract.containers.policy}/${policyBlob!}' },
      auditWorkspaceId == null ? {} : { Nhi__AuditWorkspace: auditWorkspace!.properties.customerId },
      topicName == null ? {} : { Nhi__Topic: topic!.properties.endpoint },
      governsEntra ? { Nhi__Entra__TenantId: tenant().tenantId } : {},
      postgres.?owner == null ? {} : { Nhi__Postgres__Owner: postgres!.owner! },
      toObject(
        items(postgres.?owners ?? {}),
        owner => 'Nhi__Postgres__Owners__${owner.key}',
        owner => string(owner.value)
      ),
      toObject(range(0, length(postgres.?hosts ?? [])), i => 'Nhi__Postgres__Hosts__${i}', i => postgres!.hosts![i]),
      reduce(
        webhooks,
        {},
        (all, one, i) =>
          union(
            all,
            one.?uri == null ? {} : { 'Nhi__Webhooks__${i}__Uri': one.uri! },
            one.?uriSecretName == null ? {} : { 'Nhi__Webhooks__${i}__UriSecretName': one.uriSecretName! },
            one.?template == null ? {} : { 'Nhi__Webhooks__${i}__Template': one.template! },
            one.?secretName == null ? {} : { 'Nhi__Webhooks__${i}__SecretName': one.secretName! },
            one.?every == null ? {} : { 'Nhi__Webhooks__${i}__Every': one.every! }
          )
      )
    )
  }
}

@description('The app.')
output id string = app.id
