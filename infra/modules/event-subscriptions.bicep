metadata description = 'Lets the system topics of one resource group\'s vaults call the app.'

import { governedVault, topicOf } from '../types.bicep'

@description('Required. Prefix of names.')
param namePrefix string

@description('Required. The vaults; all are in this resource group.')
param vaults governedVault[]

@description('Required. Resource id of the function.')
param functionId string

@description('Required. Resource id of the account that keeps dead letters.')
param deadLetterAccountId string

var contract = loadJsonContent('../contract.json')
var topics = map(vaults, vault => topicOf(namePrefix, vault))

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = [
  for name in topics: {
    name: name
  }
]

resource events 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for (name, i) in topics: {
    parent: topic[i]
    name: '${namePrefix}-secrets'
    properties: {
      // Event Grid fetches the function's key itself: none is handled here.
      destination: {
        endpointType: 'AzureFunction'
        properties: {
          resourceId: functionId
          // A batch that fails in one event comes again whole.
          maxEventsPerBatch: 1
          preferredBatchSizeInKilobytes: 64
        }
      }
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      filter: {
        includedEventTypes: contract.eventTypes
        isSubjectCaseSensitive: false
        // No secret is left out: said, so that a deployment and the doctor see where somebody made it otherwise.
        subjectBeginsWith: ''
        subjectEndsWith: ''
        advancedFilters: []
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      deadLetterWithResourceIdentity: {
        identity: { type: 'SystemAssigned' }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: deadLetterAccountId, blobContainerName: contract.containers.deadLetters }
        }
      }
    }
  }
]
