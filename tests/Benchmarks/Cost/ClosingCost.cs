using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Support.Durable;

namespace Tidemark.Benchmarks.Cost;

/// <summary>What one part of the app asks of the backend in a minute.</summary>
internal sealed record PartFigures(string Part)
{
    public double Reads { get; init; }

    public double ReadBytes { get; init; }

    public double Signals { get; init; }

    public double SignalBytes { get; init; }

    public double Questions { get; init; }

    public double Starts { get; init; }

    public double Activities { get; init; }

    public double Episodes { get; init; }

    /// <summary>Looks into queues that find nothing.</summary>
    public double Looks { get; init; }

    /// <summary>What Durable Task Scheduler counts: starts, activities and their results, operations of entities.</summary>
    public double Actions => Starts + (2 * Activities) + Signals;

    /// <summary>Requests to an Azure Storage account, blobs of large states left out.</summary>
    public double Requests =>
        Looks + Reads + Questions + (Starts * Limits.RequestsOfStart) + (Episodes * Limits.RequestsOfEpisode)
            + (Activities * Limits.RequestsOfActivity) + (Signals * Limits.RequestsOfOperation);
}

/// <summary>The parts, and the windows that were written in a minute.</summary>
internal sealed record ClosingFigures(int Partitions, int EventsPerSecond, double LatePercent,
    IReadOnlyList<PartFigures> Parts, double Published, StateSizes States, long TopicBytes);

/// <summary>
/// The whole app with its timers on the in-memory host, without faults, under the shop's events: what is spent by the clock and by the
/// window, not by the event.
/// </summary>
internal static class ClosingCost
{
    // After this long finality has come, so that panes and marks go as fast as they come.
    private const int WarmUpSeconds = 450;
    private const int Minutes = 3;

    public static ClosingFigures Run(int partitions, int eventsPerSecond, double latePercent)
    {
        App app = new(1, ShopLoad.Engine, partitions);
        ShopLoad load = new(partitions, eventsPerSecond, app.World.Now, latePercent);
        Instance instance = new(app);
        Array.ForEach([app.Ticker, app.Live, app.Rescue, app.Sweep], ticker => ticker.Start());
        long published = 0;
        for (int second = 1; second <= WarmUpSeconds + (Minutes * 60); second++)
        {
            app.World.RunFor(TimeSpan.FromSeconds(1));
            instance.Take(load);
            if (second == WarmUpSeconds)
            {
                app.Host.Meter.Clear();
                published = app.Sinks.Published.Count;
            }
        }

        HostMeter meter = app.Host.Meter;
        return new ClosingFigures(
            partitions, eventsPerSecond, latePercent,
            [
                Part("close tick", ["close"]),
                BetweenTicks(),
                Part("live", ["live"]),
                Part("rescue", ["rescue"]),
                Part("sweep", ["sweep"]),
                Part("panes", [nameof(ClosingActivities.MergePane), nameof(ClosingActivities.ConfirmPane)], nameof(ClosePaneOrchestration)),
                Part("windows", [nameof(ClosingActivities.PublishWindow), nameof(ClosingActivities.ConfirmWindow)], nameof(PublishOrchestration)),
                LooksIntoQueues(),
            ],
            (app.Sinks.Published.Count - published) / (double)Minutes,
            IngestCost.SizesOf(app.Host),
            app.Host.Store.Find(app.Options.Names.Topic)?.State?.Length ?? 0);

        PartFigures Part(string part, string[] workers, string? orchestration = null) => new(part)
        {
            Reads = PerMinute(workers, HostWork.Read).Count,
            ReadBytes = PerMinute(workers, HostWork.Read).Bytes,
            Signals = PerMinute(workers, HostWork.Signal).Count,
            SignalBytes = PerMinute(workers, HostWork.Signal).Bytes,
            Questions = PerMinute(workers, HostWork.Question).Count,
            Starts = orchestration is null ? 0 : meter.Sum(HostWork.Start, what: orchestration).Count / (double)Minutes,
            Activities = orchestration is null ? 0 : workers.Sum(worker => meter.Sum(HostWork.Activity, what: worker).Count) / (double)Minutes,
            Episodes = orchestration is null ? 0 : meter.Sum(HostWork.Episode, what: orchestration).Count / (double)Minutes,
        };

        PartFigures BetweenTicks()
        {
            // Of what the ingesting instance asks for, that which its batches do not: a look reads the topic's state and then every cursor.
            (long looks, long bytes, _) = meter.Sum(HostWork.Read, "ingest", nameof(TopicEntity));
            (long cursors, long cursorBytes, _) = meter.Sum(HostWork.Read, "close", nameof(PartitionEntity));
            return new PartFigures("after batches")
            {
                Reads = looks * (1.0 + partitions) / Minutes,
                ReadBytes = (bytes + (looks * partitions * cursorBytes / (double)cursors)) / Minutes,
                Questions = PerMinute(["ingest"], HostWork.Question).Count,
            };
        }

        PartFigures LooksIntoQueues()
        {
            // Control queues get signals, also those of ingest, starts, and the results of activities; the other queue gets the activities.
            double activities = meter.Sum(HostWork.Activity).Count / (60.0 * Minutes);
            double messages = ((meter.Sum(HostWork.Signal).Count + meter.Sum(HostWork.Start).Count) / (60.0 * Minutes)) + activities;
            double perSecond = (Polling.ControlQueues * Polling.EmptyPerSecond(messages / Polling.ControlQueues))
                + Polling.EmptyPerSecond(activities);
            return new PartFigures("looks into queues") { Looks = 60 * perSecond };
        }

        (double Count, double Bytes) PerMinute(string[] workers, HostWork work) =>
            (workers.Sum(worker => meter.Sum(work, worker).Count) / (double)Minutes,
                workers.Sum(worker => meter.Sum(work, worker).Bytes) / (double)Minutes);
    }

    /// <summary>The ingesting instance: one batch at a time, of all that has come meanwhile.</summary>
    private sealed class Instance(App app)
    {
        private readonly Worker _worker = app.Host.NewWorker("ingest");
        private readonly List<LogRecord> _ready = [];
        private bool _isBusy;

        public void Take(ShopLoad load)
        {
            while (load.NextArrivalMs <= app.World.Now.ToUnixTimeMilliseconds())
            {
                _ready.Add(load.AppendTo(app.Log));
            }

            if (!_isBusy && _ready.Count > 0)
            {
                _isBusy = true;
                LogRecord[] batch = [.. _ready];
                _ready.Clear();
                IngestCost.Forget(app.Log);
                _worker.Start("gets a batch", () => app.IngestAsync(_worker, batch), failure =>
                {
                    _isBusy = false;
                    if (failure is not null)
                    {
                        app.World.Fail(failure);
                    }
                });
            }
        }
    }
}
