// The shapes that main.bicep, subscriptions.bicep and the parameter files share, and the names that more than one of them computes.

@export()
@description('A Key Vault whose secrets are governed.')
type governedVault = {
  @description('Required. Resource id of the vault, in any subscription of the tenant.')
  id: string

  @description('Required. Which rotator works there. 1 to 32 letters and digits (App Service takes no dash in the name of a setting); not "staging", which names the identity of the product\'s own vaults.')
  @minLength(1)
  @maxLength(32)
  environment: string

  @description('Optional. Region of the vault, when it is not that of the deployment.')
  location: string?

  @description('Conditional. Resource id of a storage account in the vault\'s region for its audit log: required when that is not the deployment\'s region, since Azure writes such logs within a region only.')
  auditAccountId: string?

  @description('Optional. Name of the vault\'s Event Grid system topic where there is one already: a resource has at most one.')
  topicName: string?

  @description('Optional. False where the app\'s network reaches the vault already; otherwise a private network gets an endpoint for it.')
  privateEndpoint: bool?
}

@export()
@description('Vaults that are found by Azure Resource Graph, beside those that are listed. The watcher needs to read them: infra/README.md has the commands, since a template of one resource group cannot grant rights above it.')
type discoverySettings = {
  @description('Conditional. Management groups, by id. Not together with subscriptions.')
  @maxLength(20)
  managementGroups: string[]?

  @description('Conditional. Subscriptions, by GUID.')
  @maxLength(100)
  subscriptions: string[]?

  @description('Optional. Only vaults with this tag: NAME or NAME=VALUE.')
  tag: string?

  @description('Required. The environment of found vaults that bear no tag nhi-environment.')
  @minLength(1)
  @maxLength(32)
  environment: string
}

@export()
@description('Something at a provider that a governed credential opens and that needs Azure rights to rotate.')
type governedResource = {
  @description('Required. Kind of the credential, as `nhi kinds` names it.')
  kind: string

  @description('Required. Resource id.')
  id: string

  @description('Required. The environment whose rotator works there.')
  environment: string
}

@export()
@description('By what they are: host, watcher, writer, sequencer, keeper, cleanup; deployers and auditors where there are any.')
type identityMap = { *: string }

@export()
@description('People or a pipeline, by object id.')
type principal = {
  @description('Required. Object id in Entra.')
  principalId: string

  @description('Required. What it is.')
  type: 'Group' | 'ServicePrincipal' | 'User'
}

@export()
@description('Private endpoints for everything of the product and outbound traffic through a network. Give addresses for a new network, or the ids of an existing one.')
type privateNetwork = {
  @description('Conditional. Address space of a new network, /24 or larger, e.g. 10.80.0.0/24: its first half is the app\'s, its second the endpoints\'.')
  addressPrefix: string?

  @description('Conditional. Existing subnet, delegated to Microsoft.App/environments, for the app alone.')
  appSubnetId: string?

  @description('Conditional. Existing subnet for the endpoints.')
  endpointSubnetId: string?

  @description('Optional. Existing private DNS zones by service; those that are missing are made. With an existing network they are required: its zones are somebody\'s already.')
  dnsZoneIds: {
    blob: string
    queue: string
    table: string
    vault: string
  }?
}

@export()
@description('PostgreSQL servers whose roles are governed.')
type postgresSettings = {
  @description('Optional. Role that every rotator logs in as.')
  owner: string?

  @description('Optional. The same by environment.')
  owners: { *: string }?

  @description('Optional. Host names of the servers that may be logged in to, and no others: a tag names the server, and the server is handed a token.')
  hosts: string[]?
}

@export()
@description('A webhook that tells people what is news.')
type webhook = {
  @description('Optional. Its address, without query. Else uriSecretName.')
  uri: string?

  @description('Optional. Secret of the product\'s vault that holds its address, where that holds a key. Set it before: the watcher gets a right to it alone.')
  uriSecretName: string?

  @description('Optional. digest, teams, slack or ticket.')
  template: string?

  @description('Optional. Secret of the product\'s vault that holds the key of the signature: whsec_ and base64. Set it before, too.')
  secretName: string?

  @description('Optional. How long news are collected, ISO 8601.')
  every: string?
}

@export()
@description('Vaults of one resource group, made by groupsOf.')
type vaultGroup = {
  subscriptionId: string
  resourceGroup: string
  vaults: governedVault[]
}

@export()
@description('The resource group of an id, as "subscription/group" in lower case.')
func groupOf(id string) string => toLower('${split(id, '/')[?2] ?? ''}/${split(id, '/')[?4] ?? ''}')

@export()
@description('Vaults by resource group: each is deployed to once.')
func groupsOf(vaults governedVault[]) vaultGroup[] =>
  map(union(map(vaults, vault => groupOf(vault.id)), []), group => {
    subscriptionId: split(group, '/')[0]
    resourceGroup: split(group, '/')[1]
    vaults: filter(vaults, vault => groupOf(vault.id) == group)
  })

@export()
@description('The vault\'s name.')
func nameOf(id string) string => last(split(id, '/'))

@export()
@description('Name of a vault\'s system topic.')
func topicOf(namePrefix string, vault governedVault) string => vault.?topicName ?? '${namePrefix}-${nameOf(vault.id)}'

@export()
@description('Name of a role definition of this product in a resource group.')
func roleNameOf(groupId string, role string) string => guid(groupId, 'nhi', role)

@export()
@description('How a storage account or vault is reached.')
type access = {
  @description('Required. True: by private endpoints, and from the ranges below; false: from everywhere, by identity alone.')
  isPrivate: bool

  @description('Required. Public addresses or ranges of people and pipelines that work with it, when it is private.')
  allowedIpRanges: string[]
}

@export()
@description('Tags of resources.')
type tagValues = { *: string }

@export()
@description('A rotator and what the settings call it.')
type namedClient = {
  environment: string
  clientId: string
}
