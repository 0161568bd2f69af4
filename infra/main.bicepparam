// azd reads its environment; plain az reads the same variables of the shell. Everything has a default but who is told.
using 'main.bicep'

import * as estate from 'estate.bicep'

param vaults = estate.vaults
param resources = estate.resources

// observe, then enforce when `nhi plan --all` shows what you want to see.
param stage = readEnvironmentVariable('NHI_STAGE', 'observe')

// Alerts go here. Several addresses: separated by commas. Or name an action group.
param alertEmails = filter(split(readEnvironmentVariable('NHI_ALERT_EMAILS', ''), ','), email => !empty(email))
param actionGroupId = empty(readEnvironmentVariable('NHI_ACTION_GROUP_ID', ''))
  ? null
  : readEnvironmentVariable('NHI_ACTION_GROUP_ID', '')

// Object id of the group that prepares (evidence containers, fingerprint key, policy), and of the one that audits. Without the first, prepare.sh has no rights.
param deployers = empty(readEnvironmentVariable('NHI_DEPLOYERS_GROUP', ''))
  ? null
  : { principalId: readEnvironmentVariable('NHI_DEPLOYERS_GROUP', ''), type: 'Group' }
param auditors = empty(readEnvironmentVariable('NHI_AUDITORS_GROUP', ''))
  ? null
  : { principalId: readEnvironmentVariable('NHI_AUDITORS_GROUP', ''), type: 'Group' }

// Name of the policy's blob, once it is in the container `policy`.
param policyBlob = empty(readEnvironmentVariable('NHI_POLICY_BLOB', ''))
  ? null
  : readEnvironmentVariable('NHI_POLICY_BLOB', '')

// Years that lock.sh has locked, e.g. 2026,2027,2028.
param lockedYears = map(
  filter(split(readEnvironmentVariable('NHI_LOCKED_YEARS', ''), ','), year => !empty(year)),
  year => int(year)
)

param workspaceId = empty(readEnvironmentVariable('NHI_WORKSPACE_ID', ''))
  ? null
  : readEnvironmentVariable('NHI_WORKSPACE_ID', '')

// Where vaults that the product finds already log to.
param auditWorkspaceId = empty(readEnvironmentVariable('NHI_AUDIT_WORKSPACE_ID', ''))
  ? null
  : readEnvironmentVariable('NHI_AUDIT_WORKSPACE_ID', '')

// A new private network: its address space. An existing one: see samples/many-subscriptions.bicepparam.
param network = empty(readEnvironmentVariable('NHI_NETWORK', ''))
  ? null
  : { addressPrefix: readEnvironmentVariable('NHI_NETWORK', '') }
param allowedIpRanges = filter(split(readEnvironmentVariable('NHI_ALLOWED_IP_RANGES', ''), ','), range => !empty(range))

param tags = {
  product: 'NhiFunctions'
  'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME', 'nhi')
}
