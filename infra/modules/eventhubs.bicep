metadata description = 'Event Hubs with its Kafka endpoint: the topic, the dead letters, and the login of the app, which goes straight to Key Vault.'

param name string
param location string
param tags object

@allowed([
  'Standard'
  'Premium'
])
param skuName string

@description('Throughput units (Standard) or processing units (Premium).')
param capacity int

@description('Most throughput units that Standard takes by itself; 0 to stay at the capacity.')
param maximumThroughputUnits int

param topic string
param deadLetterTopic string
param partitions int
param retentionHours int
param deadLetterRetentionHours int

@description('Identities that may send events, by object id.')
param producerPrincipalIds array

@description('The vault that gets the connection string, and the secret that it is kept in.')
param vaultName string
param secretName string

@description('Which of the two keys the app uses: changed to renew the other without a pause.')
@allowed([
  'primary'
  'secondary'
])
param activeKey string

@description('Whether the namespace is reached through private endpoints only.')
param isPrivate bool

@description('The workspace that is told of refused Kafka clients, of changes and of units that were added.')
param workspaceId string

var dataSender = '2b629674-e913-4c01-ae53-ef4638d8f975'

// The Kafka trigger knows no identities, so local logins cannot be switched off here.
resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    tier: skuName
    capacity: capacity
  }
  properties: {
    kafkaEnabled: true
    minimumTlsVersion: '1.2'
    isAutoInflateEnabled: skuName == 'Standard' && maximumThroughputUnits > 0
    maximumThroughputUnits: skuName == 'Standard' ? maximumThroughputUnits : 0
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource events 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: topic
  properties: {
    partitionCount: partitions
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: retentionHours
    }
  }
}

resource deadLetters 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: deadLetterTopic
  properties: {
    partitionCount: 4
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: deadLetterRetentionHours
    }
  }
}

// One login serves the trigger and the broker reader, which listen to the topic, and the producer of dead letters, which sends: so it has
// both rights, on a namespace that holds these two hubs and nothing else. It may not manage anything.
resource login 'Microsoft.EventHub/namespaces/authorizationRules@2024-01-01' = {
  parent: namespace
  name: 'tidemark'
  properties: {
    rights: [
      'Listen'
      'Send'
    ]
  }
}

resource producers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in producerPrincipalIds: {
  name: guid(events.id, principal, dataSender)
  scope: events
  properties: {
    principalId: principal
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
  }
}]

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource connection 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = {
  parent: vault
  name: secretName
  properties: {
    value: activeKey == 'primary' ? login.listKeys().primaryConnectionString : login.listKeys().secondaryConnectionString
    contentType: 'The connection string of Event Hubs, for Kafka clients'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [for category in [
      'KafkaUserErrorLogs'
      'OperationalLogs'
      'AutoScaleLogs'
    ]: {
      category: category
      enabled: true
    }]
  }
}

output id string = namespace.id
output brokers string = '${namespace.name}.servicebus.windows.net:9093'
