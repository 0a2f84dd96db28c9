using System.Globalization;
using Tidemark.Functions.Hosting;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>One instance of the app in a process of its own.</summary>
internal static class AppInstance
{
    /// <summary>The environment variable with the connection string of the storage account, named as for the Functions host.</summary>
    public const string Connection = "AzureWebJobsStorage";

    /// <summary>The line that an instance prints when it is ready.</summary>
    public const string Ready = "ready";

    /// <summary>The maximum number of records in a batch, over all partitions; small, so that a run has many batches.</summary>
    public const int MaxBatch = 120;

    public static async Task RunAsync(string path, string hubName, int index, int instances)
    {
        string connection = Environment.GetEnvironmentVariable(Connection)
            ?? throw new InvalidOperationException($"Set {Connection} to the connection string of the storage account.");
        string worker = string.Create(CultureInfo.InvariantCulture, $"{index}-{Environment.ProcessId}");
        AppFolder folder = new(path);
        TaskHub hub = new(new TaskHubOptions(connection, hubName)
        {
            WorkerId = string.Create(CultureInfo.InvariantCulture, $"instance-{index}"),
            Log = new TroubleLog(folder.Trouble(worker)),
        });
        await using StoredApp app = new(hub, worker, folder, RecordedLog.Load(folder.Log), Options());
        await app.StartAsync();
        await using Triggers triggers = new(app, folder, index, instances, MaxBatch);
        triggers.Start();
        await Console.Out.WriteLineAsync(Ready);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        lock (triggers.Failures)
        {
            triggers.Failures.ForEach(failure => Console.Error.WriteLine(failure));
        }
    }

    /// <summary>The app's default options.</summary>
    public static FunctionsOptions Options() =>
        new() { Brokers = "broker:9092", Topic = "clickstream_events", DeadLetterTopic = "clickstream_events_dlq" };
}
