// After the code. Both names are outputs of main.bicep, which azd keeps as variables.
using 'subscriptions.bicep'

import * as estate from 'estate.bicep'

param vaults = estate.vaults
param appName = readEnvironmentVariable('NHI_APP_NAME')
param hostAccountName = readEnvironmentVariable('NHI_HOST_ACCOUNT')
