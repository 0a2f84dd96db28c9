metadata description = 'Key Vault for the one secret that no identity replaces: the login of the Kafka trigger.'

param name string
param location string
param tags object

@description('The app: reads secrets.')
param principalId string

@description('Who operates: sets secrets. Empty for nobody.')
param operatorGroupId string

@description('Protects the vault and its secrets from being purged for good. It cannot be switched off again.')
param purgeProtection bool

@description('The password of a Kafka of your own; empty to leave what is in the vault as it is.')
@secure()
param kafkaPassword string

@description('Whether the vault is reached through private endpoints only.')
param isPrivate bool

@description('The workspace that is told who reads and sets secrets.')
param workspaceId string

var secretName = 'kafka-password'
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource password 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(kafkaPassword)) {
  parent: vault
  name: secretName
  properties: {
    value: kafkaPassword
    contentType: 'The password of the Kafka login'
  }
}

resource app 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource operators 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorGroupId)) {
  name: guid(vault.id, operatorGroupId, secretsOfficer)
  scope: vault
  properties: {
    principalId: operatorGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output name string = vault.name
output secretName string = secretName
output reference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${secretName})'
