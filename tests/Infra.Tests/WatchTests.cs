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
    private static Template Alerts => InfraTests.Module("alerts");

    [Fact]
    public void Queries_Metrics_AreOnTheMeter()
    {
        HashSet<string> meter = Instruments();
        string queries = Repository.Text("infra", "modules", "alerts.bicep") + Repository.Text("infra", "modules", "workbook.json");
        string[] asked = [.. Metric().Matches(queries).Select(match => match.Value).Distinct()];
        Assert.All(asked, name => Assert.Contains(name, meter));
        string[] wanted = ["consumer_lag", "watermark_lag", "watermark_missing", "stopped_partitions", "close_failures", "dead_letters"];
        Assert.Superset(wanted.Select(name => $"tidemark.{name}").ToHashSet(), asked.ToHashSet());
    }

    [CompilerFact]
    public void Alerts_Each_IsExplainedInTheRunbook()
    {
        string runbook = Repository.Text("docs", "RUNBOOK.md");
        string[] names =
        [
            .. Alerts.Variables["rules"].Find("name").Select(name => name.Text),
            .. Alerts.Resources.Where(resource => resource.Type == "Microsoft.Insights/metricAlerts")
                .Select(resource => resource.Body["name"]!.Items[0].Text.Replace("{0}-", "", StringComparison.Ordinal)),
        ];
        Assert.Equal(9, names.Length);
        Assert.All(names, name => Assert.Contains($"### `{name}`", runbook, StringComparison.Ordinal));
    }

    [CompilerFact]
    public void Thresholds_Asked_AreGivenByDefault()
    {
        string[] given = [.. InfraTests.Main.Parameter("alertThresholds").Default!.Properties.Select(property => property.Name)];
        IEnumerable<Node> members = Alerts.Body.All().Where(node => node.Kind == "member" && node.Items[0].IsCall("parameters", "thresholds"));
        string[] asked = [.. members.Select(node => node.Text)];
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
