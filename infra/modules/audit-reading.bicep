metadata description = 'Lets the watcher ask a workspace for the vaults\' audit logs: two tables of it, and nothing else.'

import { identityMap, roleNameOf } from '../types.bicep'

@description('Required. Distinguishes this deployment: names of roles are unique in a tenant.')
param token string

@description('Required. Name of the workspace, which is in this resource group.')
param workspaceName string

@description('Required. What names the assignees: resource ids of identities, object ids of people. Known before anything is deployed.')
param ids identityMap

@description('Required. Their object ids in Entra.')
param principalIds identityMap

var workspaces = 'Microsoft.OperationalInsights/workspaces'
var key = 'audit log reader'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

// Without the names of tables, query/read shows nothing: the right to each table is one of its own.
resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleNameOf(resourceGroup().id, '${key} ${token}')
  properties: {
    roleName: 'NHI ${key} (${token} ${uniqueString(resourceGroup().id)})'
    description: 'Asks one workspace for what Key Vault logged; reads no other table.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          '${workspaces}/read'
          '${workspaces}/query/read'
          '${workspaces}/query/AZKVAuditLogs/read'
          '${workspaces}/query/AzureDiagnostics/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, ids.watcher, definition.id)
  scope: workspace
  properties: {
    description: 'Sees who used which secret.'
    principalId: principalIds.watcher
    principalType: 'ServicePrincipal'
    roleDefinitionId: definition.id
  }
}
