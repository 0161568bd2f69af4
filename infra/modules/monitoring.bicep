metadata description = 'Application Insights over a workspace, for Entra tokens only.'

import { identityMap, tagValues } from '../types.bicep'

@description('Required. Prefix of names.')
param namePrefix string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Optional. Resource id of an existing workspace; absent: one is made.')
param workspaceId string?

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (workspaceId == null) {
  name: '${namePrefix}-log'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 90
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${namePrefix}-insights'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    IngestionMode: 'LogAnalytics'
    WorkspaceResourceId: workspaceId == null ? workspace.id : workspaceId
  }
}

// Monitoring Metrics Publisher: the only way to send telemetry by identity.
resource publisher 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  scope: subscription()
  name: '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource hostSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, ids.host, publisher.id)
  scope: insights
  properties: {
    description: 'The app\'s telemetry.'
    principalId: principalIds.host
    principalType: 'ServicePrincipal'
    roleDefinitionId: publisher.id
  }
}

@description('The workspace.')
output workspaceId string = workspaceId ?? workspace.id

@description('The component.')
output insightsId string = insights.id
