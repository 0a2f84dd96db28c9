metadata description = 'Tidemark on Azure: everything that docs/DEPLOY.md lists, in one resource group.'

targetScope = 'subscription'

@description('A family of windows. Times are [d.]hh:mm:ss; slide, step and offset may be left out.')
type WindowFamily = {
  name: string
  size: string
  slide: string?
  step: string?
  offset: string?
}

// ---- Where and what it is called

@description('Short name of this installation: in the names of its resources and in the tag azd-env-name.')
@minLength(1)
@maxLength(20)
param environmentName string

@description('The region of everything.')
param location string

@description('Empty: rg-{environmentName}.')
param resourceGroupName string = ''

@description('Names that take the place of those made from the environment: identity, app, plan, storage, lake, vault, eventHubs, redis, scheduler, network, workspace, insights.')
param names object = {}

@description('Added to every resource.')
param tags object = {}

// ---- The app

@description('Flex Consumption, or Elastic Premium for a Kafka that only a network of your own reaches.')
@allowed([
  'Flex'
  'ElasticPremium'
])
param hosting string = 'Flex'

@description('Flex: memory of an instance.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Most instances: of each function (Flex), of the app (Elastic Premium). More than the topic has partitions never help the ingest.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Flex: instances that always wait for durable work. With 0 a quiet app needs seconds to wake up.')
param alwaysReadyDurable int = 1

@description('Flex: instances that always wait for events.')
param alwaysReadyIngest int = 0

@description('Flex: instances of each of the two timers that tick every second. They work all the time, and an instance that is always ready costs less than one on demand.')
param alwaysReadyTimers int = 1

@description('Elastic Premium: the size of an instance.')
@allowed([
  'EP1'
  'EP2'
  'EP3'
])
param premiumSku string = 'EP1'

@description('Elastic Premium: instances that always run.')
@minValue(1)
param premiumMinimumInstances int = 1

@description('Spreads the instances of the app over zones. On Elastic Premium it takes 3 instances at least, or 2 where the region says so.')
param zoneRedundant bool = false

@description('Address ranges that may call the app over HTTP, such as 203.0.113.0/24; empty for all. A function key is wanted in any case.')
param allowedIpRanges array = []

@description('The durable backend. The package must be built for the same one: docs/DEPLOY.md.')
@allowed([
  'AzureStorage'
  'Scheduler'
])
param durableBackend string = 'AzureStorage'

@description('Letters and digits; 3 to 45.')
@minLength(3)
@maxLength(45)
param taskHubName string = 'tidemark'

@description('Azure Storage backend: control queues of the task hub. Each costs a request a second, and one instance at a time works on it. A hub keeps the number that it was made with: another one wants another taskHubName.')
@minValue(1)
@maxValue(16)
param taskHubPartitions int = 4

@description('Durable Task Scheduler: its kind, and the capacity units of Dedicated.')
@allowed([
  'Consumption'
  'Dedicated'
])
param schedulerSku string = 'Consumption'
param schedulerCapacity int = 1

@description('Durable Task Scheduler: address ranges that may connect where it is public. Everybody needs an identity with a role besides.')
param schedulerIpAllowlist array = [
  '0.0.0.0/0'
]

@description('Replication of the host storage, such as Standard_LRS or Standard_ZRS.')
param storageSku string = 'Standard_LRS'

// ---- Kafka

@description('Event Hubs, made here, or a Kafka of your own.')
@allowed([
  'EventHubs'
  'External'
])
param kafkaProvider string = 'EventHubs'

@description('External: host:port, with commas between.')
param kafkaBrokers string = ''

@description('External: SaslSsl is TLS and SASL PLAIN; Plaintext has neither and belongs into a private network.')
@allowed([
  'SaslSsl'
  'Plaintext'
])
param kafkaProtocol string = 'SaslSsl'

@description('External: the user of SASL PLAIN.')
param kafkaUsername string = ''

@description('External: the password, which is put into Key Vault. Empty leaves the secret kafka-password of the vault as it is. Never write it into a file.')
@secure()
param kafkaPassword string = ''

param kafkaTopic string = 'clickstream_events'

@description('Empty: {topic}_dlq.')
param kafkaDeadLetterTopic string = ''
param kafkaConsumerGroup string = 'tidemark'

@description('Milliseconds that the broker waits for a sign of life before an instance loses its partitions: a restart pauses ingest for so long. 0: 30,000 for Event Hubs, which wants it, else 10,000.')
@minValue(0)
@maxValue(300000)
param kafkaSessionTimeoutMs int = 0

@description('1 to 11 of a-z, 0-9 and _. A new value begins anew, and so wants a new lakePath and redisKeyPrefix: docs/RUNBOOK.md.')
@minLength(1)
@maxLength(11)
param kafkaGeneration string = '1'

@description('Where a partition that nobody has read begins.')
@allowed([
  'Earliest'
  'Latest'
])
param kafkaStartAt string = 'Earliest'

@description('Event Hubs: Standard has throughput units (1 MB/s or 1,000 events/s in), Premium processing units.')
@allowed([
  'Standard'
  'Premium'
])
param eventHubsSku string = 'Standard'
param eventHubsCapacity int = 1

@description('Event Hubs Standard: most throughput units that it takes by itself; 0 for a fixed number.')
@maxValue(40)
param eventHubsMaximumThroughputUnits int = 10

@description('Event Hubs: partitions of the topic. They cannot be changed later on Standard (32 at most), only raised on Premium.')
@minValue(1)
param partitions int = 30

@description('Event Hubs: hours that events are kept. Standard: 168 at most.')
param retentionHours int = 72

@description('Event Hubs: hours that dead letters are kept.')
param deadLetterRetentionHours int = 168

@description('Event Hubs: object ids of the identities that may send events.')
param producerPrincipalIds array = []

@description('Event Hubs: the key that the app uses, changed to renew the other one without a pause.')
@allowed([
  'primary'
  'secondary'
])
param eventHubsActiveKey string = 'primary'

// ---- Windows and results

@description('The window families. A change wants a new kafkaGeneration.')
param windows WindowFamily[] = [
  {
    name: '1min'
    size: '00:01:00'
  }
  {
    name: '5min'
    size: '00:05:00'
    slide: '00:01:00'
  }
  {
    name: '1hour'
    size: '01:00:00'
  }
]

@description('Settings of docs/FUNCTIONS.md that take the place of the defaults, by name: { Engine__AllowedLateness: \'00:10:00\' }.')
param settingOverrides object = {}

@description('Replication of the lake, such as Standard_LRS or Standard_ZRS.')
param lakeSku string = 'Standard_LRS'
param lakeContainer string = 'lake'

@description('The folder of the lake in its container.')
param lakePath string = 'tidemark'

@description('Days after which a file of the lake goes to the cool tier, and is deleted; 0 for never.')
param lakeCoolAfterDays int = 90
param lakeDeleteAfterDays int = 0

param redisSku string = 'Balanced_B0'

@description('A replica beside each shard.')
param redisHighAvailability bool = false

@allowed([
  'EnterpriseCluster'
  'NoCluster'
])
param redisClusteringPolicy string = 'EnterpriseCluster'

@description('Before every key. The hash tag keeps all keys in one slot, which the app insists on.')
param redisKeyPrefix string = '{tidemark}:'

// ---- Network, people, watch

@description('The switch: a network, private endpoints, and no public access to storage, lake, vault, Event Hubs, Redis and the scheduler.')
param privateNetworking bool = false
param networkPrefix string = '10.20.0.0/16'
param appSubnetPrefix string = '10.20.0.0/24'
param endpointSubnetPrefix string = '10.20.1.0/24'

@description('Object id of the Entra group of operators; empty for none. They read the lake, set secrets, upload packages and see the scheduler.')
param operatorGroupId string = ''

@description('Object ids of the people or identities that may use Redis besides the app, such as for `tidemark restore`.')
param redisOperatorIds array = []

@description('Keeps Key Vault from being purged for good. It cannot be switched off again.')
param vaultPurgeProtection bool = false

@description('Who is told of alerts.')
param alertEmails array = []

@description('Whether a deployment without alertEmails fails, as it should in production.')
param requireAlertEmails bool = false

@description('Where alerts begin.')
param alertThresholds object = {
  consumerLagRecords: 1000000
  watermarkLagSeconds: 120
  stoppedPartitions: 0
  closeFailures: 5
  deadLetters: 10000
  redisMemoryPercent: 80
  throttledRequests: 100
}

@description('What the resource group may cost in a month, in the currency of the bill; 0 for no budget. It warns and stops nothing.')
@minValue(0)
param monthlyBudget int = 0

@description('With monthlyBudget: the first day of this month or a later one, such as 2026-12-01. Azure lets nobody change it afterwards.')
param budgetStart string = ''

param logRetentionDays int = 30

@description('Most gigabytes of telemetry a day; -1 for no limit.')
param logDailyCapGb int = -1

@description('Where telemetry goes besides Application Insights, by OTLP; empty for nowhere.')
param otlpEndpoint string = ''

// ----

var token = uniqueString(subscription().id, environmentName, location)
var name = union({
  identity: 'id-${environmentName}'
  app: 'func-${environmentName}-${token}'
  plan: 'plan-${environmentName}'
  storage: 'stfunc${token}'
  lake: 'stlake${token}'
  vault: 'kv-${token}'
  eventHubs: 'evhns-${environmentName}-${token}'
  redis: 'redis-${environmentName}-${token}'
  scheduler: 'dts-${environmentName}-${token}'
  network: 'vnet-${environmentName}'
  workspace: 'log-${environmentName}'
  insights: 'appi-${environmentName}'
}, names)
var allTags = union(tags, {
  'azd-env-name': environmentName
})
var isFlex = hosting == 'Flex'
var isEventHubs = kafkaProvider == 'EventHubs'
var isScheduler = durableBackend == 'Scheduler'
var deadLetterTopic = empty(kafkaDeadLetterTopic) ? '${kafkaTopic}_dlq' : kafkaDeadLetterTopic

// A failure in the name of the group comes before anything is made.
var groupName = requireAlertEmails && empty(alertEmails)
  ? fail('alertEmails: expected at least one address, since requireAlertEmails is true; got none. Set it in the file of parameters, or on the command line.')
  : empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName

// The names of a storage account's services differ by cloud, the others do not.
var zones = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  dfs: 'privatelink.dfs.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
  namespace: 'privatelink.servicebus.windows.net'
  redisEnterprise: 'privatelink.redis.azure.net'
  scheduler: 'privatelink.durabletask.io'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: name.identity
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: name.workspace
    insightsName: name.insights
    location: location
    tags: allTags
    principalId: identity.outputs.principalId
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: name.storage
    location: location
    tags: allTags
    skuName: storageSku
    principalId: identity.outputs.principalId
    operatorGroupId: operatorGroupId
    holdsDurableState: !isScheduler
    isPrivate: privateNetworking
  }
}

module lake 'modules/lake.bicep' = {
  scope: group
  params: {
    name: name.lake
    location: location
    tags: allTags
    skuName: lakeSku
    containerName: lakeContainer
    path: lakePath
    principalId: identity.outputs.principalId
    operatorGroupId: operatorGroupId
    coolAfterDays: lakeCoolAfterDays
    deleteAfterDays: lakeDeleteAfterDays
    isPrivate: privateNetworking
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: name.vault
    location: location
    tags: allTags
    principalId: identity.outputs.principalId
    operatorGroupId: operatorGroupId
    purgeProtection: vaultPurgeProtection
    kafkaPassword: kafkaPassword
    isPrivate: privateNetworking
    workspaceId: monitoring.outputs.workspaceId
  }
}

module eventHubs 'modules/eventhubs.bicep' = if (isEventHubs) {
  scope: group
  params: {
    name: name.eventHubs
    location: location
    tags: allTags
    skuName: eventHubsSku
    capacity: eventHubsCapacity
    maximumThroughputUnits: eventHubsMaximumThroughputUnits
    topic: kafkaTopic
    deadLetterTopic: deadLetterTopic
    partitions: partitions
    retentionHours: retentionHours
    deadLetterRetentionHours: deadLetterRetentionHours
    producerPrincipalIds: producerPrincipalIds
    vaultName: vault.outputs.name
    secretName: vault.outputs.secretName
    activeKey: eventHubsActiveKey
    isPrivate: privateNetworking
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redis 'modules/redis.bicep' = {
  scope: group
  params: {
    name: name.redis
    location: location
    tags: allTags
    skuName: redisSku
    highAvailability: redisHighAvailability
    clusteringPolicy: redisClusteringPolicy
    principalId: identity.outputs.principalId
    operatorIds: redisOperatorIds
    isPrivate: privateNetworking
  }
}

module scheduler 'modules/scheduler.bicep' = if (isScheduler) {
  scope: group
  params: {
    name: name.scheduler
    location: location
    tags: allTags
    skuName: schedulerSku
    capacity: schedulerCapacity
    taskHubName: taskHubName
    ipAllowlist: schedulerIpAllowlist
    principalId: identity.outputs.principalId
    operatorGroupId: operatorGroupId
    isPrivate: privateNetworking
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  scope: group
  params: {
    name: name.network
    location: location
    tags: allTags
    addressPrefix: networkPrefix
    appSubnetPrefix: appSubnetPrefix
    endpointSubnetPrefix: endpointSubnetPrefix
    isFlex: isFlex
    zoneNames: map(filter(items(zones), zone => isScheduler || zone.key != 'scheduler'), zone => zone.value)
  }
}

module storageEndpoints 'modules/endpoint.bicep' = [for service in [
  'blob'
  'queue'
  'table'
]: if (privateNetworking) {
  name: 'endpoint-storage-${service}'
  scope: group
  params: {
    name: 'pe-${name.storage}-${service}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: storage.outputs.id
    groupId: service
    zoneName: zones[service]
  }
}]

module lakeEndpoints 'modules/endpoint.bicep' = [for service in [
  'blob'
  'dfs'
]: if (privateNetworking) {
  name: 'endpoint-lake-${service}'
  scope: group
  params: {
    name: 'pe-${name.lake}-${service}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: lake.outputs.id
    groupId: service
    zoneName: zones[service]
  }
}]

module vaultEndpoint 'modules/endpoint.bicep' = if (privateNetworking) {
  name: 'endpoint-vault'
  scope: group
  params: {
    name: 'pe-${name.vault}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: vault.outputs.id
    groupId: 'vault'
    zoneName: zones.vault
  }
}

module eventHubsEndpoint 'modules/endpoint.bicep' = if (privateNetworking && isEventHubs) {
  name: 'endpoint-eventhubs'
  scope: group
  params: {
    name: 'pe-${name.eventHubs}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: isEventHubs ? eventHubs!.outputs.id : ''
    groupId: 'namespace'
    zoneName: zones.namespace
  }
}

module redisEndpoint 'modules/endpoint.bicep' = if (privateNetworking) {
  name: 'endpoint-redis'
  scope: group
  params: {
    name: 'pe-${name.redis}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: redis.outputs.id
    groupId: 'redisEnterprise'
    zoneName: zones.redisEnterprise
  }
}

module schedulerEndpoint 'modules/endpoint.bicep' = if (privateNetworking && isScheduler) {
  name: 'endpoint-scheduler'
  scope: group
  params: {
    name: 'pe-${name.scheduler}'
    location: location
    tags: allTags
    subnetId: privateNetworking ? network!.outputs.endpointSubnetId : ''
    targetId: isScheduler ? scheduler!.outputs.id : ''
    groupId: 'scheduler'
    zoneName: zones.scheduler
  }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: name.app
    planName: name.plan
    location: location
    tags: allTags
    hosting: hosting
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyDurable: alwaysReadyDurable
    alwaysReadyIngest: alwaysReadyIngest
    alwaysReadyTimers: alwaysReadyTimers
    premiumSku: premiumSku
    premiumMinimumInstances: premiumMinimumInstances
    zoneRedundant: zoneRedundant
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    allowedIpRanges: allowedIpRanges
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.connectionString
    otlpEndpoint: otlpEndpoint
    storageBlobUri: storage.outputs.blobUri
    storageQueueUri: storage.outputs.queueUri
    storageTableUri: storage.outputs.tableUri
    deploymentsUri: storage.outputs.deploymentsUri
    durableBackend: durableBackend
    taskHubName: taskHubName
    taskHubPartitions: taskHubPartitions
    schedulerEndpoint: isScheduler ? scheduler!.outputs.endpoint : ''
    kafkaBrokers: isEventHubs ? eventHubs!.outputs.brokers : kafkaBrokers
    kafkaTopic: kafkaTopic
    kafkaConsumerGroup: kafkaConsumerGroup
    kafkaSessionTimeoutMs: kafkaSessionTimeoutMs > 0 ? kafkaSessionTimeoutMs : isEventHubs ? 30000 : 10000
    kafkaGeneration: kafkaGeneration
    kafkaDeadLetterTopic: deadLetterTopic
    kafkaProtocol: isEventHubs ? 'SaslSsl' : kafkaProtocol
    kafkaUsername: isEventHubs ? '$ConnectionString' : kafkaUsername
    kafkaLoginReference: vault.outputs.reference
    kafkaStartAt: kafkaStartAt
    windows: windows
    lakeRoot: lake.outputs.root
    redisEndpoint: redis.outputs.endpoint
    redisKeyPrefix: redisKeyPrefix
    settingOverrides: settingOverrides
  }
  // With private networking the app cannot start before the names lead to the endpoints.
  dependsOn: [
    storageEndpoints
    lakeEndpoints
    vaultEndpoint
    eventHubsEndpoint
    redisEndpoint
    schedulerEndpoint
  ]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    namePrefix: environmentName
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    emails: alertEmails
    redisId: redis.outputs.id
    eventHubsId: isEventHubs ? eventHubs!.outputs.id : ''
    thresholds: alertThresholds
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    displayName: 'Tidemark ${environmentName}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

output resourceGroup string = group.name
output hosting string = hosting
output durableBackend string = durableBackend
output functionApp string = app.outputs.name
output hostName string = app.outputs.hostName
output packageContainer string = storage.outputs.deploymentsUri
output lakeRoot string = lake.outputs.root
output redisEndpoint string = redis.outputs.endpoint
output kafkaBrokers string = isEventHubs ? eventHubs!.outputs.brokers : kafkaBrokers
output vaultName string = vault.outputs.name
