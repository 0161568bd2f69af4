metadata description = 'A private endpoint with its record in a private DNS zone.'

import { tagValues } from '../types.bicep'

@description('Required. Name of the endpoint.')
@maxLength(80)
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. Subnet.')
param subnetId string

@description('Required. What it leads to.')
param targetId string

@description('Required. The part of it.')
param service 'blob' | 'queue' | 'table' | 'vault'

@description('Required. The zone of that service.')
param dnsZoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: service
        properties: { privateLinkServiceId: targetId, groupIds: [service] }
      }
    ]
  }

  resource record 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: service
          properties: { privateDnsZoneId: dnsZoneId }
        }
      ]
    }
  }
}
