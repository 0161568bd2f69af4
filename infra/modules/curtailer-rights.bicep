metadata description = 'What the curtailer may do in one subscription: read role assignments, and delete those of service principals that are not the product\'s own. It can make none.'

import { roleNameOf } from '../types.bicep'

targetScope = 'subscription'

@description('Required. Distinguishes this deployment: names of roles are unique in a tenant.')
param token string

@description('Required. observe: it may delete nothing, whatever was given to it before.')
param stage 'observe' | 'enforce'

@description('Required. Resource id of the curtailer. Known before anything is deployed.')
param curtailerId string

@description('Required. Its object id in Entra.')
param curtailerPrincipalId string

@description('Required. Object ids of this deployment\'s identities, its own among them: their roles are out of its reach.')
param ownPrincipalIds string[]

@description('Required. Those of the rotators.')
param rotatorPrincipalIds string[]

var assignment = 'Microsoft.Authorization/roleAssignments'
var own = join(concat(ownPrincipalIds, rotatorPrincipalIds), ', ')

resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: roleNameOf(subscription().id, 'curtailer ${token}')
  properties: {
    roleName: 'NHI curtailer (${token} ${uniqueString(subscription().id)})'
    description: stage == 'enforce'
      ? 'Reads and deletes role assignments; makes none.'
      : 'Reads role assignments: this deployment observes.'
    type: 'CustomRole'
    permissions: [
      {
        actions: concat(['${assignment}/read'], stage == 'enforce' ? ['${assignment}/delete'] : [])
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource given 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (stage == 'enforce') {
  name: guid(subscription().id, curtailerId, definition.id)
  properties: {
    description: 'Takes away wide roles of over-privileged identities.'
    principalId: curtailerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definition.id
    condition: '((!(ActionMatches{\'${assignment}/delete\'})) OR (@Resource[${assignment}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'} AND @Resource[${assignment}:PrincipalId] ForAnyOfAllValues:GuidNotEquals {${own}}))'
    conditionVersion: '2.0'
  }
}
