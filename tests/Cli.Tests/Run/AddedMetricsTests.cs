using System.Security.Cryptography;
using System.Text;
using Tidemark.Cli.Tests.State;
using Tidemark.Cli.Tests.Verify;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Goal: what a configuration adds goes through the whole command, and without it nothing is other than before.</summary>
public sealed class AddedMetricsTests
{
    private const string Events = """
        {"timestamp":"2026-11-22T06:00:01Z","event_type":"page_view","user_id":"u1","page_url":"/a","geo":{"country":"SE"},"device":{"type":"mobile","browser":"Firefox"},"referrer":"https://x.example/1"}
        {"timestamp":"2026-11-22T06:00:02Z","event_type":"purchase","user_id":"u2","geo":{"country":"DE"},"device":{"type":"desktop"},"metadata":{"amount":"19.99","currency":"EUR"}}
        {"timestamp":"2026-11-22T06:00:03Z","event_type":"purchase","user_id":"u2","metadata":{"amount":5,"currency":"USD"}}
        {"timestamp":"2026-11-22T06:00:04Z","event_type":"signup","user_id":"u3","referrer":"https://y.example/1"}
        {"timestamp":"2026-11-22T06:02:30Z","event_type":"click","user_id":"u3"}
        {"timestamp":"2026-11-22T06:00:30Z","event_type":"add_to_cart","user_id":"u4","geo":{"country":"SE"}}
        {"timestamp":"2026-11-22T06:09:00Z","event_type":"search","user_id":"u1"}
        {"timestamp":"2026-11-22T06:00:31Z","event_type":"click","user_id":"late"}
        rubbish

        """;

    private static readonly EngineOptions Minutes = new() { Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) }] };

    private static readonly EngineOptions Added = Minutes with
    {
        Input = new InputOptions
        {
            Breakdowns =
            [
                new("referrer_host", new FieldSource { Paths = ["referrer"], Normalization = Normalization.HostOnly }),
                new("variant", new FieldSource { Paths = ["ab"], Constant = "none" }),
            ],
            Counters = [new("signups", "signup"), new("carts", "add_to_cart")],
            Fields = new Dictionary<string, FieldSource> { ["currency"] = new() { Paths = ["metadata.currency"] } },
        },
    };

    /// <summary>The bytes that version 1 before any of this wrote for the same lines.</summary>
    [Fact]
    public void Run_NothingAdded_WritesTheBytesOfBefore()
    {
        using TestRun run = new() { Options = Minutes };

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(Events)));

        Assert.StartsWith(
            """{"window":"1min","window_start":"2026-11-22T06:00:00Z","window_end":"2026-11-22T06:01:00Z","total_events":4,"unique_users":3,""",
            Encoding.UTF8.GetString(run.Output.ToArray()), StringComparison.Ordinal);
        Assert.Equal(
            "1b18d96f07377d0bb5daaddab9e8596c36ea90f785d0385c9db9bdc6a89d86b8", Convert.ToHexStringLower(SHA256.HashData(run.Output.ToArray())));
    }

    [Fact]
    public void Run_AddedMetrics_AreAfterTheOthersInEachResult()
    {
        using TestRun run = new() { Options = Added };

        Assert.Equal(0, run.Run(Encoding.UTF8.GetBytes(Events)));

        string[] lines = Encoding.UTF8.GetString(run.Output.ToArray()).Split('\n');
        string[] tails = [.. lines[..^1].Select(line => line[(line.IndexOf("\"event_types_max_error\":0", StringComparison.Ordinal) + 26)..])];
        Assert.Equal(
            [
                """
                "revenue_by_currency":{"EUR":19.99,"USD":5},"signups":1,"carts":0,"referrer_host":{"x.example":1,"y.example":1},"variant":{"none":4},"referrer_host_max_error":0,"variant_max_error":0}
                """,
                """
                "revenue_by_currency":{"EUR":19.99,"USD":5},"signups":1,"carts":1,"referrer_host":{"x.example":1,"y.example":1},"variant":{"none":5},"referrer_host_max_error":0,"variant_max_error":0}
                """,
                """
                "revenue_by_currency":{},"signups":0,"carts":0,"referrer_host":{},"variant":{"none":1},"referrer_host_max_error":0,"variant_max_error":0}
                """,
                """
                "revenue_by_currency":{},"signups":0,"carts":0,"referrer_host":{},"variant":{"none":1},"referrer_host_max_error":0,"variant_max_error":0}
                """,
            ],
            tails);
        Assert.Equal(["null", "null", "0", "0"], run.Results.Select(result => result["revenue"]?.ToJsonString() ?? "null"));
    }

    [Fact]
    public void Run_AddedCounterIsAnother_IsRefusedAndSaysWhatDiffers()
    {
        using StateRuns runs = new() { Options = Added };
        string path = runs.Write("events", Events);
        Assert.Equal(0, runs.Run(path));
        runs.Options = Added with { Input = Added.Input with { Counters = [new("signups", "sign_up")] } };

        Assert.Equal(1, runs.Run(path));

        Assert.Contains("was made under another configuration: input: ", runs.Error, StringComparison.Ordinal);
        Assert.Contains("""{"name":"signups","when":"sign_up"}""", runs.Error, StringComparison.Ordinal);
        runs.Options = Added with { Input = Added.Input with { Breakdowns = [.. Added.Input.Breakdowns.Reverse()] } };
        Assert.Equal(0, runs.Run(path)); // another order is no other configuration
    }

    [Fact]
    public async Task Verify_AddedMetrics_AreComparedToo()
    {
        using VerifyRuns lake = new();
        lake.Runs.Options = Added;
        string path = lake.Runs.Write("events", Events);
        Assert.Equal(0, lake.Runs.Run(path));
        Assert.Equal(0, lake.Verify(path));

        await lake.TamperAsync("1min", result => result.TotalEvents != 5 ? null : result with
        {
            Counters = [.. result.Counters.Skip(1)],
            Breakdowns = [result.Breakdowns[0], new("variant", new Breakdown([new("none", 4)], 0))],
            RevenueByCurrency = [new("EUR", 24.99m)],
        });

        Assert.Equal(1, lake.Verify(path));
        Assert.Matches(" signups +not counted +counted\n", lake.Output);
        Assert.Matches(" variant +none 4 +none 5\n", lake.Output);
        Assert.Matches(" revenue_by_currency +EUR 24.99 +EUR 19.99, USD 5\n", lake.Output);
    }
}
