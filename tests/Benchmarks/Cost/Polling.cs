using System.Globalization;
using System.Text.Json;

namespace Tidemark.Benchmarks.Cost;

/// <summary>
/// What DurableTask.AzureStorage asks of the storage account whether or not anything happens, by its source (<c>ControlQueue</c>,
/// <c>BackoffPollingHelper</c>, <c>TablePartitionManager</c>, <c>AppLeaseManager</c>) with the settings of host.json.
/// </summary>
internal static class Polling
{
    /// <summary>
    /// What the Functions host asks besides: a lease of 15 s for its first instance and one of a minute for each of four timers, renewed
    /// when half of them is over.
    /// </summary>
    public const double OfHost = (1 / 7.5) + (4 / 30.0);

    // BackoffPollingHelper begins at 50 ms and adds about as much, twice as much, four times as much.
    private const double FirstSeconds = 0.05;
    private const double RoundTripSeconds = 0.005;
    private const double LeaseSeconds = 10;
    private const double SimulatedSeconds = 20_000;

    private static readonly Lazy<JsonElement> Provider = new(() =>
    {
        using JsonDocument host = JsonDocument.Parse(File.ReadAllText(Path.Combine(Tidemark.Root, "host.json")));
        return host.RootElement.GetProperty("extensions").GetProperty("durableTask").GetProperty("storageProvider").Clone();
    });

    /// <summary>Control queues of the task hub.</summary>
    public static int ControlQueues => Provider.Value.GetProperty("partitionCount").GetInt32();

    /// <summary>The longest wait between two looks into a queue.</summary>
    public static double IntervalSeconds =>
        TimeSpan.Parse(Provider.Value.GetProperty("maxQueuePollingInterval").GetString()!, CultureInfo.InvariantCulture).TotalSeconds;

    /// <summary>Each instance reads the table of partitions, and renews those that it holds.</summary>
    public static double PartitionTable(int queues, int instances) => (instances + queues) / LeaseSeconds;

    /// <summary>Each instance renews the app's lease.</summary>
    public static double AppLease(int instances) => instances / LeaseSeconds;

    /// <summary>
    /// Looks into one queue that find nothing, a second, if messages come at random. A look that finds some makes the next two come at
    /// once, and the waits between those after them start again; without messages there is one poll per longest wait.
    /// </summary>
    /// <param name="messagesPerSecond">Of this queue.</param>
    public static double EmptyPerSecond(double messagesPerSecond)
    {
        if (messagesPerSecond == 0)
        {
            return 1 / IntervalSeconds;
        }

        Random random = new(1);
        double now = 0;
        double nextMessage = Wait();
        long empty = 0;
        int waits = 0;
        while (now < SimulatedSeconds)
        {
            now += RoundTripSeconds;
            if (nextMessage <= now)
            {
                while (nextMessage <= now)
                {
                    nextMessage += Wait();
                }

                waits = -1;
                continue;
            }

            // After a find: nothing to wait for the first time, then 50 ms, 100, 150, 250, 450 ...
            empty++;
            now += waits switch
            {
                -1 => 0,
                0 => FirstSeconds,
                _ => Math.Min(IntervalSeconds, FirstSeconds * (1 + Math.Pow(2, waits - 1))),
            };
            waits++;
        }

        return empty / now;

        double Wait() => -Math.Log(1 - random.NextDouble()) / messagesPerSecond;
    }
}
