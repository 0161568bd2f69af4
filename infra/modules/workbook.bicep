metadata description = 'One page for people: what is due, fails, is owed and orphaned, and how the evidence is. Its queries are files of infra/workbook, held against the code\'s log statements by a test.'

import { tagValues } from '../types.bicep'

@description('Required. Names the workbook.')
param displayName string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. The Application Insights component that is asked.')
param insightsId string

@description('Required. The evidence account, for links to the records.')
param evidenceAccountId string

var heading = '# Credentials of non-human identities\n\nWhat would be done, and why: `nhi plan --all`. All records of one operation: `nhi evidence show OP`, with the Op below; a finding names its Record. [The records themselves](${environment().portal}/#@/resource${evidenceAccountId}/storagebrowser): container of the year, `records/`, year, month, day, hour; an intent (`1-intent`) stands above its outcome.'

var parts = [
  { title: 'Due: in 30 days, or over its time', query: loadTextContent('../workbook/due.kql') }
  { title: 'Operations by outcome', query: loadTextContent('../workbook/outcomes.kql') }
  { title: 'Failing or waiting for a person', query: loadTextContent('../workbook/failing.kql') }
  {
    title: 'Begun and not ended (a few minutes are usual; ReconcileOperations says what became of the others)'
    query: loadTextContent('../workbook/open.kql')
  }
  { title: 'Owed: superseded credentials that still live', query: loadTextContent('../workbook/owed.kql') }
  { title: 'Orphaned: without owner, use or purpose', query: loadTextContent('../workbook/orphaned.kql') }
  {
    title: 'Evidence: what is wrong with it (nothing is what you want to see)'
    query: loadTextContent('../workbook/evidence.kql')
  }
  {
    title: 'Evidence: newest checkpoint of each log (compare with one that you kept)'
    query: loadTextContent('../workbook/checkpoints.kql')
  }
  { title: 'Functions', query: loadTextContent('../workbook/runs.kql') }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'nhi', 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: insightsId
    version: '1.0'
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(
        [{ type: 1, name: 'heading', content: { json: heading } }],
        map(range(0, length(parts)), i => {
          type: 3
          name: 'part-${i}'
          content: {
            version: 'KqlItem/1.0'
            title: parts[i].title
            query: parts[i].query
            size: 0
            noDataMessage: 'Nothing.'
            timeContext: { durationMs: 604800000 }
            queryType: 0
            resourceType: 'microsoft.insights/components'
            crossComponentResources: [insightsId]
            visualization: 'table'
          }
        })
      )
      fallbackResourceIds: [insightsId]
      '$schema': 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json'
    })
  }
}
