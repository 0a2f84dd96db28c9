metadata description = 'The function app: its plan, its identity, and every setting that it reads (docs/FUNCTIONS.md).'

@description('A family of windows. Times are [d.]hh:mm:ss.')
type WindowFamily = {
  name: string
  size: string
  slide: string?
  step: string?
  offset: string?
}

param name string
param planName string
param location string
param tags object

@allowed([
  'Flex'
  'ElasticPremium'
])
param hosting string

@description('Flex: memory of an instance.')
param instanceMemoryMB int

@description('Most instances: of a function (Flex), of the app (Elastic Premium).')
param maximumInstanceCount int

@description('Flex: instances that always wait for durable work, and for events.')
param alwaysReadyDurable int
param alwaysReadyIngest int

@description('Flex: instances of each of the two timers that tick every second.')
param alwaysReadyTimers int

@description('Elastic Premium: the size, and the instances that always run.')
param premiumSku string
param premiumMinimumInstances int

param zoneRedundant bool

@description('The subnet of the app; empty for none.')
param subnetId string

@description('Address ranges that may call the app over HTTP; empty for all. A function key is wanted in any case.')
param allowedIpRanges array

param identityId string
param identityClientId string
param insightsConnectionString string

@description('Where telemetry goes besides, by OTLP; empty for nowhere.')
param otlpEndpoint string

param storageBlobUri string
param storageQueueUri string
param storageTableUri string
param deploymentsUri string

@allowed([
  'AzureStorage'
  'Scheduler'
])
param durableBackend string
param taskHubName string

@description('Azure Storage backend: control queues of the task hub, in place of those of host.json.')
param taskHubPartitions int

@description('Durable Task Scheduler; empty with the Azure Storage backend.')
param schedulerEndpoint string

param kafkaBrokers string
param kafkaTopic string
param kafkaConsumerGroup string

@description('After how many milliseconds without a sign of life an instance loses its partitions, in place of that of host.json.')
param kafkaSessionTimeoutMs int
param kafkaGeneration string
param kafkaDeadLetterTopic string

@allowed([
  'SaslSsl'
  'Plaintext'
])
param kafkaProtocol string
param kafkaUsername string

@description('The Key Vault reference to the password.')
param kafkaLoginReference string

@allowed([
  'Earliest'
  'Latest'
])
param kafkaStartAt string

param windows WindowFamily[]
param lakeRoot string
param redisEndpoint string
param redisKeyPrefix string

@description('Settings that take the place of those in `tuning`, by name.')
param settingOverrides object

var isFlex = hosting == 'Flex'
var isSasl = kafkaProtocol == 'SaslSsl'

// What the app takes when a setting is missing. A test holds these against the code.
var tuning = {
  Engine__MaxOutOfOrderness: '00:00:10'
  Engine__AllowedLateness: '00:05:00'
  Engine__IdleTimeout: '00:01:00'
  Engine__MaxFutureSkew: '00:05:00'
  Engine__EmitEmptyWindows: 'false'
  Engine__ExactUsersLimit: '16384'
  Engine__TopPages: '10'
  Engine__TopPagesCapacity: '1000'
  Engine__BreakdownCapacity: '256'
  Ingest__MaxStepRecords: '30000'
  Input: '{}'
  Closing__MaxConcurrentPanes: '16'
  Closing__MaxConcurrentWindows: '16'
  Timing__PollFirst: '00:00:00.0400000'
  Timing__PollMax: '00:00:01'
  Timing__ResendAfter: '00:00:05'
  Timing__IngestTimeout: '00:04:00'
  Timing__StepTimeout: '00:00:30'
  Timing__RescueTimeout: '00:02:00'
  Redis__Retention: '01:00:00'
  Redis__MaxLive: '1000'
  Redis__MaxSessions: '100000'
}

var windowSettings = [for (window, i) in windows: {
  'Windows__${i}__Name': window.name
  'Windows__${i}__Size': window.size
  'Windows__${i}__Slide': window.?slide ?? ''
  'Windows__${i}__Step': window.?step ?? ''
  'Windows__${i}__Offset': window.?offset ?? ''
}]

var appSettings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: storageBlobUri
  AzureWebJobsStorage__queueServiceUri: storageQueueUri
  AzureWebJobsStorage__tableServiceUri: storageTableUri
  'AzureWebJobs.IngestFunction.Disabled': isSasl ? 'true' : 'false'
  'AzureWebJobs.SaslIngestFunction.Disabled': isSasl ? 'false' : 'true'
  TASKHUB_NAME: taskHubName
  KafkaBrokers: kafkaBrokers
  KafkaTopic: kafkaTopic
  KafkaConsumerGroup: kafkaConsumerGroup
  KafkaGeneration: kafkaGeneration
  KafkaDeadLetterTopic: kafkaDeadLetterTopic
  KafkaProtocol: kafkaProtocol
  KafkaUsername: isSasl ? kafkaUsername : ''
  KafkaPassword: isSasl ? kafkaLoginReference : ''
  KafkaStartAt: kafkaStartAt
  AzureFunctionsJobHost__extensions__kafka__sessionTimeoutMs: string(kafkaSessionTimeoutMs)
  Lake__Root: lakeRoot
  Lake__ClientId: identityClientId
  Lake__ConnectionString: ''
  Redis__Endpoint: redisEndpoint
  Redis__Tls: 'true'
  Redis__UseEntra: 'true'
  // An identity logs in, so there is neither of these.
  Redis__User: ''
  Redis__Password: ''
  Redis__KeyPrefix: redisKeyPrefix
}

var storageSettings = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount: string(taskHubPartitions)
}

var schedulerSettings = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
}

var otlpSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
}

// Flex Consumption has these in functionAppConfig. There is no file share, which would need a key: the package is read from its container.
var premiumSettings = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
  WEBSITE_RUN_FROM_PACKAGE: '${deploymentsUri}/functions.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

var allowedRanges = [for (range, i) in allowedIpRanges: {
  name: 'allowed-${i}'
  priority: 100 + i
  action: 'Allow'
  ipAddress: range
}]

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: isFlex ? {
    name: 'FC1'
    tier: 'FlexConsumption'
  } : {
    name: premiumSku
    tier: 'ElasticPremium'
    capacity: premiumMinimumInstances
  }
  properties: isFlex ? {
    reserved: true
    zoneRedundant: zoneRedundant
  } : {
    reserved: true
    zoneRedundant: zoneRedundant
    maximumElasticWorkerCount: maximumInstanceCount
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, {
    'azd-service-name': 'functions'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: union({
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: empty(allowedIpRanges) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: allowedRanges
    }, isFlex ? {} : {
      linuxFxVersion: 'DOTNET-ISOLATED|10.0'
      minimumElasticInstanceCount: premiumMinimumInstances
      functionAppScaleLimit: maximumInstanceCount
      functionsRuntimeScaleMonitoringEnabled: true
      vnetRouteAllEnabled: !empty(subnetId)
    })
    functionAppConfig: isFlex ? {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentsUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: concat(alwaysReadyDurable == 0 ? [] : [
          {
            name: 'durable'
            instanceCount: alwaysReadyDurable
          }
        ], alwaysReadyIngest == 0 ? [] : [
          {
            name: isSasl ? 'function:SaslIngestFunction' : 'function:IngestFunction'
            instanceCount: alwaysReadyIngest
          }
        ], alwaysReadyTimers == 0 ? [] : [
          {
            name: 'function:CloseTimer'
            instanceCount: alwaysReadyTimers
          }
          {
            name: 'function:LiveTimer'
            instanceCount: alwaysReadyTimers
          }
        ])
      }
    } : null
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    tuning,
    settingOverrides,
    appSettings,
    reduce(windowSettings, {}, (all, window) => union(all, window)),
    durableBackend == 'Scheduler' ? schedulerSettings : storageSettings,
    empty(otlpEndpoint) ? {} : otlpSettings,
    isFlex ? {} : premiumSettings
  )
}

// Packages come by identity: nobody logs in with a publishing password.
resource ftp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
