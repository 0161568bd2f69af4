metadata description = 'Who is told by mail, where no action group is given.'

import { tagValues } from '../types.bicep'

@description('Required. Name of the group.')
param name string

@description('Required. Tags.')
param tags tagValues

@description('Required. Mail addresses.')
param emails string[]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'nhi'
    enabled: true
    emailReceivers: [
      for (email, i) in emails: {
        name: 'mail-${i}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('The group.')
output id string = group.id
