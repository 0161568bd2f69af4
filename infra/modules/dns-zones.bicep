metadata description = 'Private DNS zones of a new network.'

import { tagValues } from '../types.bicep'

@description('Required. Tags.')
param tags tagValues

@description('Required. The network that they are linked to.')
param networkId string

var storage = environment().suffixes.storage
var zones = [
  'privatelink.blob.${storage}'
  'privatelink.queue.${storage}'
  'privatelink.table.${storage}'
  'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for name in zones: {
    name: name
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (name, i) in zones: {
    parent: zone[i]
    name: 'nhi'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

@description('Ids by service.')
output ids {
  blob: string
  queue: string
  table: string
  vault: string
} = {
  blob: zone[0].id
  queue: zone[1].id
  table: zone[2].id
  vault: zone[3].id
}
