metadata description = 'What a rotator may do at the resources of one resource group that governed credentials open: the rights of their kinds (kinds.json, made of `nhi kinds`), at each of them and nowhere else.'

import { governedResource, nameOf, roleNameOf } from '../types.bicep'

@description('Required. Distinguishes this deployment: names of roles are unique in a tenant.')
param token string

@description('Required. The resources; all are in this resource group.')
param resources governedResource[]

@description('Required. observe: rotators may see that the resource is there, whatever was given to them before.')
param stage 'observe' | 'enforce'

@description('Required. Environments that have a rotator.')
param environments string[]

@description('Required. Resource ids of the rotators, in the order of the environments.')
param rotatorIds string[]

@description('Required. Their object ids in Entra.')
param rotatorPrincipalIds string[]

var kinds = loadJsonContent('../kinds.json')

var rights = map(stage == 'enforce' ? resources : [], governed => {
  id: governed.id
  kind: governed.kind
  rotator: indexOf(environments, toLower(governed.environment))
  why: 'Rotates ${governed.kind} of ${governed.environment}.'
})

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for kind in items(kinds): {
    name: roleNameOf(resourceGroup().id, 'rotator ${kind.key} ${token}')
    properties: {
      roleName: 'NHI rotator ${kind.key} (${token} ${uniqueString(resourceGroup().id)})'
      description: stage == 'enforce'
        ? 'Rotates credentials of the kind ${kind.key}.'
        : 'Sees the resource: this deployment observes.'
      type: 'CustomRole'
      permissions: [
        {
          actions: stage == 'enforce' ? kind.value.actions : ['${kind.value.resourceType}/read']
          notActions: []
          dataActions: []
          notDataActions: []
        }
      ]
      assignableScopes: [resourceGroup().id]
    }
  }
]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = [
  for right in rights: {
    name: roleNameOf(resourceGroup().id, 'rotator ${right.kind} ${token}')
  }
]

// One block a resource type of kinds.json: a test says which is missing.
resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [
  for right in rights: if (right.kind == 'storage-account-key') {
    name: nameOf(right.id)
  }
]

resource onAccounts 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (right, i) in rights: if (right.kind == 'storage-account-key') {
    name: guid(right.id, rotatorIds[right.rotator], role[i].id)
    scope: account[i]
    properties: {
      description: right.why
      principalId: rotatorPrincipalIds[right.rotator]
      principalType: 'ServicePrincipal'
      roleDefinitionId: role[i].id
    }
    dependsOn: [definitions]
  }
]
