metadata description = 'A storage account without keys, with what lies in it.'

import { access, tagValues } from '../types.bicep'

@description('Required. 3 to 24 lower-case letters and digits, unique in Azure.')
@minLength(3)
@maxLength(24)
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. How often and where the bytes are kept.')
param sku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'

@description('Required. How it is reached.')
param reach access

@description('Required. True where Azure itself writes: dead letters, audit logs.')
param trustsServices bool

@description('Required. Blob containers.')
param containers string[]

@description('Optional. Tables.')
param tables string[] = []

@description('Optional. Keeps what was overwritten or deleted for a while, where that can happen.')
param keepsDeleted bool = false

@description('Required. Workspace for the log of writes and deletes.')
param workspaceId string

var isClosed = reach.isPrivate && !trustsServices && empty(reach.allowedIpRanges)

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isHnsEnabled: false
    isLocalUserEnabled: false
    isSftpEnabled: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: isClosed ? 'Disabled' : 'Enabled'
    supportsHttpsTrafficOnly: true
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: {
        blob: { enabled: true, keyType: 'Account' }
        queue: { enabled: true, keyType: 'Account' }
        table: { enabled: true, keyType: 'Account' }
      }
    }
    networkAcls: {
      bypass: trustsServices ? 'AzureServices' : 'None'
      defaultAction: reach.isPrivate ? 'Deny' : 'Allow'
      ipRules: map(reach.isPrivate ? reach.allowedIpRanges : [], range => { action: 'Allow', value: range })
      virtualNetworkRules: []
      resourceAccessRules: []
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
      changeFeed: { enabled: true }
      deleteRetentionPolicy: keepsDeleted
        ? { enabled: true, days: 30, allowPermanentDelete: false }
        : { enabled: false }
      containerDeleteRetentionPolicy: { enabled: true, days: 90 }
    }

    resource container 'containers' = [
      for container in containers: {
        name: container
        // Nobody stores a blob under a key that others cannot use: it would take its name, and be read by no one.
        properties: {
          publicAccess: 'None'
          defaultEncryptionScope: '$account-encryption-key'
          denyEncryptionScopeOverride: true
        }
      }
    ]
  }

  resource rows 'tableServices' = {
    name: 'default'

    resource table 'tables' = [
      for table in tables: {
        name: table
      }
    ]
  }
}

#disable-next-line use-recent-api-versions // there is no stable one
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'nhi'
  scope: account::blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}
