metadata description = 'Azure Managed Redis. There are no keys: identities only.'

param name string
param location string
param tags object
param skuName string

@description('A replica beside each shard. Without it a failure empties the cache; the lake is the record.')
param highAvailability bool

@description('EnterpriseCluster or NoCluster: one endpoint, as a script over several keys wants it.')
@allowed([
  'EnterpriseCluster'
  'NoCluster'
])
param clusteringPolicy string

@description('The app.')
param principalId string

@description('Object ids of the people or identities that may use the cache besides. Groups are not taken.')
param operatorIds array

@description('Whether the cache is reached through private endpoints only.')
param isPrivate bool

var port = 10000

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
  }
  properties: {
    minimumTlsVersion: '1.2'
    highAvailability: highAvailability ? 'Enabled' : 'Disabled'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: cluster
  name: 'default'
  properties: {
    clientProtocol: 'Encrypted'
    port: port
    clusteringPolicy: clusteringPolicy
    evictionPolicy: 'VolatileTTL'
    accessKeysAuthentication: 'Disabled'
  }
}

resource app 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: 'app'
  properties: {
    accessPolicyName: 'default'
    user: {
      objectId: principalId
    }
  }
}

// One at a time: the database takes no two changes side by side.
@batchSize(1)
resource operators 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = [for (operator, i) in operatorIds: {
  parent: database
  name: 'operator${i}'
  properties: {
    accessPolicyName: 'default'
    user: {
      objectId: operator
    }
  }
  dependsOn: [
    app
  ]
}]

output id string = cluster.id
output endpoint string = '${cluster.properties.hostName}:${port}'
