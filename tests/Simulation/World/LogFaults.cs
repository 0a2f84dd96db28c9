using Tidemark.Simulation.Invariants;
using Tidemark.Support.Durable;

namespace Tidemark.Simulation;

/// <summary>Injects planned faults of the log and the hosts, and knows what the app must report.</summary>
internal sealed class LogFaults(SimulatedApp app, Facts facts, FaultStreams streams)
{
    private readonly HashSet<int> _truncated = [];
    private readonly Dictionary<int, long> _newLogLimit = [];
    private DateTimeOffset _recreatedAt;

    private World World => app.World;

    /// <summary>Whether a stopped partition holds back the watermark, so that not everything can become final.</summary>
    public bool BlocksWatermark => _truncated.Count > 0 || _newLogLimit.Count > 0;

    public bool AreAllReported => facts.BrokenLogs.Keys.All(facts.ReportedLogs.Contains);

    /// <summary>Makes Redis fail over.</summary>
    public Action<Injection>? OnRedis { get; set; }

    public void Append(PlannedRecord record)
    {
        if (record.Partition >= app.Log.Partitions)
        {
            return;
        }

        if (_newLogLimit.TryGetValue(record.Partition, out long limit))
        {
            // Offsets cannot distinguish a new log that has passed the cursor from the old one, nor can a reader of a cursor
            // that is older than the log.
            if (app.Log.EndOf(record.Partition) < limit && World.Now > _recreatedAt + World.Faults.Staleness)
            {
                app.Log.Append(record.Partition, record.Value, record.TimestampMs);
            }

            return;
        }

        if (record.HoleBefore > 0)
        {
            app.Log.Skip(record.Partition, record.HoleBefore);
        }

        LogRecord appended = app.Log.Append(record.Partition, record.Value, record.TimestampMs);
        facts.Append(record.Partition, appended.Offset, record.Value, record.TimestampMs);
    }

    public void Inject(Injection injection)
    {
        if (streams.HaveStopped)
        {
            return;
        }

        bool happens = injection.Kind switch
        {
            InjectionKind.HostRestart => Happens(app.Restart),
            InjectionKind.BrokerDown => Happens(() => BreakBroker(injection.Amount)),
            InjectionKind.PartitionAdded => Happens(app.Log.AddPartition),
            InjectionKind.Truncated => Truncate(injection.Partition),
            InjectionKind.Recreated => Recreate(),
            _ => Happens(() => OnRedis?.Invoke(injection)),
        };
        if (happens)
        {
            World.Note("injected", $"{injection}");
            streams.Count(injection.Kind.ToString());
        }
    }

    /// <summary>Adds an offset without a record to the end of every intact log, as a transaction does.</summary>
    public void AppendMarkers()
    {
        foreach (int partition in Enumerable.Range(0, app.Log.Partitions).Where(partition => !facts.OnceBroken.Contains(partition)))
        {
            app.Log.Skip(partition, 1);
        }
    }

    public void Heal() => app.Log.IsDown = false;

    /// <summary>Records that the app has reported a partition as stopped.</summary>
    public void Said(int partition, string exception)
    {
        if (exception == "LogMismatchException")
        {
            facts.ReportedLogs.Add(partition);
        }
    }

    /// <summary>Removes logs that turned out to be intact, because records in flight have filled the gap.</summary>
    public void ForgetHealed()
    {
        foreach (int partition in _truncated.Where(partition => facts.Cursors[partition].Next >= app.Log.StartOf(partition)).ToList())
        {
            _truncated.Remove(partition);
            facts.BrokenLogs.Remove(partition);
        }
    }

    private static bool Happens(Action action)
    {
        action();
        return true;
    }

    private void BreakBroker(int seconds)
    {
        app.Log.IsDown = true;
        World.After(TimeSpan.FromSeconds(seconds), Heal);
    }

    /// <summary>Truncates a log beyond the cursor: at least one unapplied record is deleted, perhaps all of them.</summary>
    private bool Truncate(int partition)
    {
        IReadOnlyList<LogRecord> records = app.Log.RecordsOf(partition);
        if (!facts.Cursors.TryGetValue(partition, out var cursor) || !cursor.IsOpen || _newLogLimit.Count > 0)
        {
            return false;
        }

        LogRecord[] left = [.. records.Where(record => record.Offset >= cursor.Next)];
        if (left.Length == 0)
        {
            return false;
        }

        int gone = 1 + World.Random.Next(left.Length);
        app.Log.Truncate(partition, gone < left.Length ? left[gone].Offset : app.Log.EndOf(partition));
        _truncated.Add(partition);
        facts.BrokenLogs[partition] = "truncated";
        facts.OnceBroken.Add(partition);
        return true;
    }

    /// <summary>Deletes and recreates the topic. New records are appended only while they are below the cursors.</summary>
    private bool Recreate()
    {
        if (_truncated.Count > 0 || Enumerable.Range(0, app.Log.Partitions)
            .Any(partition => !facts.Cursors.TryGetValue(partition, out var cursor) || cursor.Next == 0))
        {
            return false;
        }

        app.Log.Recreate();
        _recreatedAt = World.Now;
        for (int partition = 0; partition < app.Log.Partitions; partition++)
        {
            _newLogLimit[partition] = facts.Cursors[partition].Next - 1;
            facts.BrokenLogs[partition] = "made anew";
            facts.OnceBroken.Add(partition);
            app.Trigger.Reset(partition, 0);
        }

        return true;
    }
}
