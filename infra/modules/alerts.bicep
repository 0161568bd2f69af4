metadata description = 'Who is told, and of what. Queries are in infra/alerts; a test holds them against what the code logs.'

import { tagValues } from '../types.bicep'

@description('Required. Prefix of names.')
param namePrefix string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags tagValues

@description('Required. The Application Insights component that is asked.')
param insightsId string

@description('Required. Who is told.')
param actionGroupId string

@description('Required. Evidence accounts, whose every change is told.')
param evidenceAccountIds string[]

@description('Required. The last year that has a container of evidence.')
param lastYear int

var alerts = [
  {
    name: 'operations-failed'
    query: loadTextContent('../alerts/operations-failed.kql')
    severity: 2
    every: 'PT15M'
    window: 'PT15M'
    what: 'An operation is BLOCKED, DENIED or FAILED: a person must act. nhi status says on what, its record says why.'
  }
  {
    name: 'debts-old'
    query: loadTextContent('../alerts/debts-old.kql')
    severity: 2
    every: 'P1D'
    window: 'P2D'
    what: 'A superseded credential lives longer than overlap and slack. nhi debts says why.'
  }
  {
    name: 'runs-incomplete'
    query: loadTextContent('../alerts/runs-incomplete.kql')
    severity: 3
    every: 'PT1H'
    window: 'PT6H'
    what: 'A vault, resource or sink could not be worked on again and again; the others go on.'
  }
  {
    name: 'findings-critical'
    query: loadTextContent('../alerts/findings-critical.kql')
    severity: 1
    every: 'PT15M'
    window: 'PT15M'
    what: 'A finding of score 75 or more is raised: a change without a record, a record without its change, a guard that was deleted. nhi findings says what to do.'
  }
  {
    name: 'runs-partial'
    query: loadTextContent('../alerts/runs-partial.kql')
    severity: 3
    every: 'P1D'
    window: 'P1D'
    what: 'A sweep did not see everything in a run of this day. Its coverage record says what.'
  }
  {
    name: 'functions-failing'
    query: loadTextContent('../alerts/functions-failing.kql')
    severity: 2
    every: 'PT1H'
    window: 'PT1H'
    what: 'A function throws again and again.'
  }
  {
    name: 'evidence-refused'
    query: loadTextContent('../alerts/evidence-refused.kql')
    severity: 0
    every: 'PT5M'
    window: 'PT5M'
    what: 'The evidence account refuses records, or somebody else writes there.'
  }
  {
    name: 'log-forked'
    query: loadTextContent('../alerts/log-forked.kql')
    severity: 0
    every: 'PT5M'
    window: 'PT5M'
    what: 'A signed checkpoint does not follow from the batches: somebody signed with the log key, or the sequencer is wrong. Keep everything, verify offline.'
  }
  {
    name: 'log-endangered'
    query: loadTextContent('../alerts/log-endangered.kql')
    severity: 0
    every: 'PT5M'
    window: 'PT5M'
    what: 'Somebody closed a log, began one of a year to come, gave it another key or floods it: it stands still, or soon will: treat the log key as stolen. Or somebody wrote the table Cursors, to keep records from being told: find out who can write to the state account. Or the clock of a host is wrong. The message says which.'
  }
  {
    name: 'evidence-broken'
    query: loadTextContent('../alerts/evidence-broken.kql')
    severity: 0
    every: 'PT15M'
    window: 'PT30M'
    what: 'Verifying the evidence found that something was changed, is missing, was forged or is not protected as it must be. nhi findings says what and where; keep everything, verify offline (nhi verify).'
  }
  {
    name: 'log-standing-still'
    query: loadTextContent('../alerts/log-standing-still.kql')
    severity: 0
    every: 'PT1M'
    window: 'PT5M'
    what: 'For five minutes and more no checkpoint could be made, or seals and the turn of the year could not be written (the text says which): the log key does not sign, the evidence account does not answer, or a clock is wrong. Records are kept; the log goes on by itself.'
  }
  {
    name: 'sequencer-failing'
    query: loadTextContent('../alerts/sequencer-failing.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT10M'
    what: 'Records are kept but not put into batches.'
  }
  {
    name: 'sequencer-stalled'
    query: loadTextContent('../alerts/sequencer-stalled.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
    what: 'The sequencer has not finished a run for 15 minutes.'
  }
  {
    name: 'seals-missed'
    query: loadTextContent('../alerts/seals-missed.kql')
    severity: 1
    every: 'PT5M'
    window: 'PT2H'
    what: 'An hourly seal is missing: nobody can tell omission from silence.'
  }
  {
    name: 'years-running-out'
    query: replace(loadTextContent('../alerts/years-running-out.kql'), 'LAST_DAY', '${lastYear}-11-02')
    severity: 2
    every: 'P1D'
    window: 'P1D'
    what: 'In less than 60 days there is no container of evidence for the year. Deploy again: it makes those of this and the next two years.'
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${namePrefix}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${namePrefix} ${alert.name}'
      description: alert.what
      severity: alert.severity
      enabled: true
      // A later code may log in other words: the rule stays, its query is held against the code by a test.
      skipQueryValidation: true
      evaluationFrequency: alert.every
      windowSize: alert.window
      autoMitigate: alert.every != 'P1D'
      scopes: [insightsId]
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]

// Who turns shared keys on again, or opens the network, does it here. A deployment of ours is told too.
resource changed 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: '${namePrefix}-evidence-account-changed'
  location: 'global'
  tags: tags
  properties: {
    description: 'Somebody changed an evidence account. Was it a deployment of ours? Else look at its keys, network and role assignments.'
    enabled: true
    scopes: evidenceAccountIds
    condition: {
      allOf: [
        { field: 'category', equals: 'Administrative' }
        { field: 'operationName', equals: 'Microsoft.Storage/storageAccounts/write' }
        { field: 'status', equals: 'Succeeded' }
      ]
    }
    actions: { actionGroups: [{ actionGroupId: actionGroupId }] }
  }
}
