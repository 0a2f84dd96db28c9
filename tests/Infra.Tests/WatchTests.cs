using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Tidemark.Functions.Hosting;
using Tidemark.Infra.Tests.Bicep;

namespace Tidemark.Infra.Tests;

/// <summary>Goal: alerts and charts look at numbers that exist, and every alert is explained.</summary>
public sealed partial class WatchTests
{
    private static BicepFile Alerts => InfraTests.Files.Single(file => file.Name == "alerts.bicep");

    [Fact]
    public void Queries_Metrics_AreOnTheMeter()
    {
        HashSet<string> meter = Instruments();
        string[] asked = [.. Metric().Matches(Repository.Text("infra", "modules", "alerts.bicep") + Repository.Text("infra", "modules", "workbook.json")).Select(match => match.Value).Distinct()];
        Assert.All(asked, name => Assert.Contains(name, meter));
        Assert.Superset(new HashSet<string>(["tidemark.consumer_lag", "tidemark.watermark_lag", "tidemark.watermark_missing", "tidemark.stopped_partitions", "tidemark.close_failures", "tidemark.dead_letters"]), asked.ToHashSet());
    }

    [Fact]
    public void Alerts_Each_IsExplainedInTheRunbook()
    {
        string runbook = Repository.Text("docs", "RUNBOOK.md");
        string[] names =
        [
            .. Alerts.Variable("rules")!.Find("name").Select(name => name.Text),
            .. Alerts.Resources.Where(resource => resource.Type == "Microsoft.Insights/metricAlerts").Select(resource => resource.Body!["name"]!.Text.Replace("${namePrefix}-", "", StringComparison.Ordinal)),
        ];
        Assert.Equal(9, names.Length);
        Assert.All(names, name => Assert.Contains($"### `{name}`", runbook, StringComparison.Ordinal));
    }

    [Fact]
    public void Thresholds_Asked_AreGivenByDefault()
    {
        string[] given = [.. InfraTests.Main.Params.Single(param => param.Name == "alertThresholds").Value!.Properties!.Select(property => property.Name)];
        string[] asked = [.. Alerts.Expressions.Where(node => node.Kind == "member" && node.Items is [{ Kind: "identifier", Text: "thresholds" }]).Select(node => node.Text)];
        Assert.Equal(given.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Docs_Metrics_AreAllThere() =>
        Assert.All(Instruments(), name => Assert.Contains($"`{name}`", Repository.Text("docs", "FUNCTIONS.md"), StringComparison.Ordinal));

    [Fact]
    public void Workbook_IsJson()
    {
        using JsonDocument workbook = JsonDocument.Parse(Repository.Text("infra", "modules", "workbook.json"));
        Assert.Equal("Notebook/1.0", workbook.RootElement.GetProperty("version").GetString());
    }

    private static HashSet<string> Instruments()
    {
        HashSet<string> names = [];
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = services.GetRequiredService<IMeterFactory>();
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == factory)
                {
                    names.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        _ = new TidemarkMetrics(factory);
        return names;
    }

    [GeneratedRegex("tidemark\\.[a-z_]+")]
    private static partial Regex Metric();
}
