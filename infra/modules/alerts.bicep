metadata description = 'Alerts on what keeps numbers from being right or fresh. docs/RUNBOOK.md says what each one means and what to do.'

param namePrefix string
param location string
param tags object
param workspaceId string

@description('Who is told, by e-mail; empty for nobody: then alerts are only seen in the portal.')
param emails array

@description('The cache; its memory is watched.')
param redisId string

@description('Event Hubs; empty with a Kafka of your own.')
param eventHubsId string

@description('Where alerts begin: consumerLagRecords, watermarkLagSeconds, stoppedPartitions, closeFailures, deadLetters, redisMemoryPercent, throttledRequests.')
param thresholds object

@description('What the resource group may cost in a month, in the currency of the bill; 0 for no budget. It warns and stops nothing.')
param monthlyBudget int

@description('The first day of a month, such as 2026-12-01, when the budget begins. Azure takes no past month at first, and no other one later.')
param budgetStart string

// Every query ends in rows of Value; a rule takes the least of them, so that it stays quiet at a peak that passes.
var rules = [
  {
    name: 'consumer-lag'
    text: 'Records wait in Kafka: events come faster than they are counted, or a partition cannot go on.'
    severity: 2
    query: 'AppMetrics | where Name == "tidemark.consumer_lag" | summarize Value = max(Sum) by bin(TimeGenerated, 1m)'
    measure: 'Value'
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: thresholds.consumerLagRecords
    window: 'PT10M'
  }
  {
    name: 'watermark-lag'
    text: 'Windows close late: the watermark is far behind the clock.'
    severity: 2
    query: 'AppMetrics | where Name == "tidemark.watermark_lag" | summarize Value = max(Sum) by bin(TimeGenerated, 1m)'
    measure: 'Value'
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: thresholds.watermarkLagSeconds
    window: 'PT10M'
  }
  {
    name: 'no-watermark'
    text: 'Nothing closes: a partition holds records of which none has been counted, so that there is no watermark.'
    severity: 1
    query: 'AppMetrics | where Name == "tidemark.watermark_missing" | summarize Value = max(Sum) by bin(TimeGenerated, 1m)'
    measure: 'Value'
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT10M'
  }
  {
    name: 'stopped-partitions'
    text: 'Partitions cannot go on: their log is not the one that was read, or their state cannot be read. The others go on; windows wait.'
    severity: 1
    query: 'AppMetrics | where Name == "tidemark.stopped_partitions" | summarize Value = max(Sum) by bin(TimeGenerated, 1m)'
    measure: 'Value'
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: thresholds.stoppedPartitions
    window: 'PT10M'
  }
  {
    name: 'close-failures'
    text: 'Panes or windows cannot be closed or written: Redis, the lake or the durable store fails.'
    severity: 1
    query: 'AppMetrics | where Name == "tidemark.close_failures" | summarize Value = sum(Sum) by bin(TimeGenerated, 15m)'
    measure: 'Value'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: thresholds.closeFailures
    window: 'PT15M'
  }
  {
    name: 'dead-letters'
    text: 'Many records cannot be counted: a producer sends what is broken, late or from the future.'
    severity: 3
    query: 'AppMetrics | where Name == "tidemark.dead_letters" | summarize Value = sum(Sum) by bin(TimeGenerated, 15m)'
    measure: 'Value'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: thresholds.deadLetters
    window: 'PT15M'
  }
  {
    name: 'silence'
    text: 'The app says nothing: it does not run, or its telemetry does not arrive.'
    severity: 1
    query: 'AppMetrics | where Name == "tidemark.open_panes"'
    measure: ''
    aggregation: 'Count'
    operator: 'LessThan'
    threshold: 1
    window: 'PT10M'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${namePrefix}-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'tidemark'
    enabled: true
    emailReceivers: [for (email, i) in emails: {
      name: 'operator-${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource queries 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${namePrefix}-${rule.name}'
  location: location
  tags: tags
  properties: {
    displayName: '${namePrefix} ${rule.name}'
    description: rule.text
    enabled: true
    severity: rule.severity
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: rule.window
    autoMitigate: true
    // The table is made by the first metric.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          metricMeasureColumn: empty(rule.measure) ? null : rule.measure
          timeAggregation: rule.aggregation
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(emails) ? [] : [
        people.id
      ]
    }
  }
}]

resource redisMemory 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${namePrefix}-redis-memory'
  location: 'global'
  tags: tags
  properties: {
    description: 'Redis is nearly full: it will drop windows before their time.'
    enabled: true
    severity: 2
    scopes: [
      redisId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'memory'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Cache/redisEnterprise'
          metricName: 'usedmemorypercentage'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: thresholds.redisMemoryPercent
        }
      ]
    }
    actions: empty(emails) ? [] : [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = if (!empty(eventHubsId)) {
  name: '${namePrefix}-kafka-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Hubs throttles: producers or the app pass its throughput units.'
    enabled: true
    severity: 2
    scopes: [
      eventHubsId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.EventHub/namespaces'
          metricName: 'ThrottledRequests'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: thresholds.throttledRequests
        }
      ]
    }
    actions: empty(emails) ? [] : [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = if (monthlyBudget > 0) {
  name: '${namePrefix}-monthly'
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: budgetStart
    }
    notifications: {
      mostOfIt: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
        contactRoles: [
          'Owner'
        ]
      }
      moreIsComing: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
        contactRoles: [
          'Owner'
        ]
      }
    }
  }
}
