using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tidemark.Support.Fixtures;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Measures how long a task hub takes from a signal to its state, and from the start of an orchestration to its end: one after the other
/// without a pause, and with one, by the instance that holds the hub's partitions and by another one, whose messages wait until the first
/// one reads its queues again.
/// </summary>
internal static class Delays
{
    private static readonly ConcurrentDictionary<long, long> s_executed = new();
    private static readonly ConcurrentDictionary<long, (long Begun, long Ended)> s_activities = new();

    public static async Task RunAsync(TextWriter output)
    {
        using AzuriteServer server = AzuriteServer.Start();
        TaskHubOptions options = new(server.ConnectionString, "delays") { Visibility = TimeSpan.FromMinutes(1), Lease = TimeSpan.FromSeconds(30) };
        TaskHub hub = new(options);
        await using HubWorker worker = new(hub);
        worker.AddEntity(nameof(Noted), () => new Noted());
        worker.AddActivity<long, bool>(nameof(Two), number =>
        {
            long now = Stopwatch.GetTimestamp();
            s_activities.AddOrUpdate(number, (now, now), (_, first) => (first.Begun, now));
            return Task.FromResult(true);
        });
        worker.AddOrchestrator<long>(nameof(Two), Two);
        await hub.CreateAsync();
        await worker.StartAsync();
        await SignalsAsync(hub, [], count: 10, TimeSpan.Zero, first: 0); // the first calls compile code and take partitions
        await OrchestrationsAsync(hub, [], count: 5, TimeSpan.Zero, first: 0);
        Table table = new();
        TimeSpan pause = TimeSpan.FromMilliseconds(1100);
        await SignalsAsync(hub, table, count: 300, TimeSpan.Zero, first: 1000, "no pause");
        await OrchestrationsAsync(hub, table, count: 120, TimeSpan.Zero, first: 1000, "no pause");
        await SignalsAsync(hub, table, count: 40, pause, first: 2000, "pause");
        await OrchestrationsAsync(hub, table, count: 40, pause, first: 2000, "pause");
        TaskHub other = new(options with { WorkerId = "other" });
        await SignalsAsync(other, table, count: 60, pause, first: 3000, "other instance");
        await OrchestrationsAsync(other, table, count: 40, pause, first: 3000, "other instance");
        await output.WriteAsync(table.ToString());
    }

    /// <summary>Sends one signal after another to a few entities, like steps of partitions, and waits for each by reading.</summary>
    private static async Task SignalsAsync(TaskHub hub, Table table, int count, TimeSpan pause, long first, string load = "")
    {
        for (long number = first; number < first + count; number++)
        {
            await Task.Delay(pause);
            EntityInstanceId id = new(nameof(Noted), string.Create(CultureInfo.InvariantCulture, $"{number % 8}"));
            long begun = Stopwatch.GetTimestamp();
            await hub.Client.Entities.SignalEntityAsync(id, nameof(Noted.Note), number);
            long sent = Stopwatch.GetTimestamp();
            while (true)
            {
                long read = Stopwatch.GetTimestamp();
                EntityMetadata<NotedState>? found = await hub.Client.Entities.GetEntityAsync<NotedState>(id);
                long answered = Stopwatch.GetTimestamp();
                table.Add("a read of an entity", load, read, answered);
                if (found?.State.Last >= number)
                {
                    table.Add("a signal, sent", load, begun, sent);
                    table.Add("from there to its operation", load, sent, s_executed[number]);
                    table.Add("from there to its state, as read", load, s_executed[number], answered);
                    table.Add("a signal to its state, all of it", load, begun, answered);
                    break;
                }
            }
        }
    }

    private static async Task OrchestrationsAsync(TaskHub hub, Table table, int count, TimeSpan pause, long first, string load = "")
    {
        for (long number = first; number < first + count; number++)
        {
            await Task.Delay(pause);
            string id = string.Create(CultureInfo.InvariantCulture, $"two:{number}");
            long begun = Stopwatch.GetTimestamp();
            await hub.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Two), number, new StartOrchestrationOptions(id));
            long started = Stopwatch.GetTimestamp();
            await hub.Client.WaitForInstanceCompletionAsync(id);
            long ended = Stopwatch.GetTimestamp();
            (long firstActivity, long lastActivity) = s_activities[number];
            table.Add("an orchestration, started", load, begun, started);
            table.Add("from there to its first activity", load, started, firstActivity);
            table.Add("from its first activity to its second", load, firstActivity, lastActivity);
            table.Add("from there to its end, as read", load, lastActivity, ended);
            table.Add("an orchestration of two activities, all of it", load, begun, ended);
        }
    }

    /// <summary>Two activities in sequence, as in the app's orchestrations.</summary>
    private static async Task Two(TaskOrchestrationContext context)
    {
        long number = context.GetInput<long>();
        await context.CallActivityAsync<bool>(nameof(Two), number);
        await context.CallActivityAsync<bool>(nameof(Two), number);
    }

    private sealed class NotedState
    {
        public long Last { get; set; }

        /// <summary>The size of a shard with a thousand users.</summary>
        public string Ballast { get; set; } = new('x', 10_000);
    }

    private sealed class Noted : TaskEntity<NotedState>
    {
        public void Note(long number)
        {
            State.Last = number;
            s_executed[number] = Stopwatch.GetTimestamp();
        }
    }

    private sealed class Table : Dictionary<(string What, string Load), List<double>>
    {
        public void Add(string what, string load, long from, long to)
        {
            if (!TryGetValue((what, load), out List<double>? all))
            {
                Add((what, load), all = []);
            }

            all.Add(Stopwatch.GetElapsedTime(from, to).TotalMilliseconds);
        }

        public override string ToString() => string.Join('\n', this.GroupBy(entry => entry.Key.What).Select(what =>
            $"| {what.Key} | {string.Join(" | ", what.Select(entry => $"{At(entry.Value, 0.5)} | {At(entry.Value, 0.99)}"))} |")) + "\n";

        private static string At(List<double> all, double share) =>
            all.Order().ElementAt((int)Math.Ceiling(share * all.Count) - 1).ToString("F0", CultureInfo.InvariantCulture);
    }
}
