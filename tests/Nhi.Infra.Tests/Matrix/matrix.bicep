// Every combination of the parameters that matter, each in a subscription of its own: one compilation, one evaluation, 32 deployments.
import { governedResource, governedVault } from '../../../infra/types.bicep'

targetScope = 'resourceGroup'

var bits = range(0, 32)
var subscriptions = map(bits, i => '00000000-0000-0000-0000-0000000000${padLeft(string(i), 2, '0')}')

func vault(subscription string, group string, name string, environment string) governedVault => {
  id: '/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${name}'
  environment: environment
}

func account(subscription string) governedResource => {
  kind: 'storage-account-key'
  id: '/subscriptions/${subscription}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/stdata'
  environment: 'prod'
}

module deployment '../../../infra/main.bicep' = [
  for i in bits: {
    scope: resourceGroup(subscriptions[i], 'rg-nhi')
    params: {
      location: 'westeurope'
      year: 2026
      alertEmails: ['platform@example.com']
      deployers: { principalId: '00000000-0000-0000-0000-00000000d000', type: 'Group' }
      auditors: { principalId: '00000000-0000-0000-0000-00000000a000', type: 'Group' }
      resources: [account(subscriptions[i])]
      stage: i % 2 == 0 ? 'observe' : 'enforce'
      network: (i / 2) % 2 == 0 ? null : { addressPrefix: '10.80.0.0/24' }
      vaults: concat(
        [vault(subscriptions[i], 'rg-one', 'kv-one', 'prod')],
        (i / 4) % 2 == 0
          ? []
          : [
              vault(subscriptions[i], 'rg-one', 'kv-two', 'prod')
              vault('11111111-1111-1111-1111-1111111111${padLeft(string(i), 2, '0')}', 'rg-far', 'kv-far', 'dev')
            ]
      )
      workspaceId: (i / 8) % 2 == 0
        ? null
        : '/subscriptions/${subscriptions[i]}/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform'
      cleanup: (i / 16) % 2 == 1
      curtails: (i / 16) % 2 == 1 ? [subscriptions[i]] : []
    }
  }
]
