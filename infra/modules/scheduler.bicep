metadata description = 'Durable Task Scheduler: the other durable backend.'

param name string
param location string
param tags object

@allowed([
  'Consumption'
  'Dedicated'
])
param skuName string

@description('Capacity units of Dedicated.')
param capacity int

param taskHubName string

@description('Address ranges that may connect; everybody needs an identity with a role besides.')
param ipAllowlist array

@description('The app.')
param principalId string

@description('Who operates: sees the dashboard, and changes nothing. Empty for nobody.')
param operatorGroupId string

@description('Whether the scheduler is reached through a private endpoint only.')
param isPrivate bool

var dataContributor = '0ad04412-c4d5-4796-b79c-f76d14c8d402'
var dataReader = 'd6a5505f-6ebb-45a4-896e-ac8274cfc0ac'

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    sku: skuName == 'Dedicated' ? {
      name: 'Dedicated'
      capacity: capacity
    } : {
      name: 'Consumption'
    }
  }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: taskHubName
}

resource app 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hub.id, principalId, dataContributor)
  scope: hub
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataContributor)
  }
}

resource operators 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorGroupId)) {
  name: guid(hub.id, operatorGroupId, dataReader)
  scope: hub
  properties: {
    principalId: operatorGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReader)
  }
}

output id string = scheduler.id
output endpoint string = scheduler.properties.endpoint
