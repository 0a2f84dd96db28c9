using Tidemark.Support.Durable;

namespace Tidemark.Benchmarks.Cost;

/// <summary>
/// An app to which nothing comes: its topic's partitions, the control queues of its task hub, and the instances that run durable work.
/// </summary>
internal sealed record IdleCase(int Partitions, int Queues, int Instances);

/// <summary>Requests a second to the storage account of an app to which nothing comes.</summary>
internal sealed record IdleFigures(IdleCase Case, double CloseReads, double LiveReads, double RescueReads, double Signals)
{
    /// <summary>Once a minute the watermarks of idle partitions are raised, so that time becomes final.</summary>
    public double SignalRequests => Signals * Limits.RequestsOfOperation;

    public double ControlQueues => Case.Queues / Polling.IntervalSeconds;

    public double WorkItemQueue => Case.Instances / Polling.IntervalSeconds;

    public double PartitionTable => Polling.PartitionTable(Case.Queues, Case.Instances);

    public double AppLease => Polling.AppLease(Case.Instances);

    public double Requests =>
        ControlQueues + WorkItemQueue + PartitionTable + AppLease + Polling.OfHost + CloseReads + LiveReads + RescueReads + SignalRequests;
}

/// <summary>
/// The real timers on the in-memory host, once all windows are final: what they still read. What the provider and the host ask is
/// arithmetic.
/// </summary>
internal static class IdleCost
{
    private const int EventSeconds = 60;
    private const int SettleSeconds = 900;
    private const int Seconds = 600;

    public static IdleFigures Run(IdleCase idle)
    {
        App app = new(1, ShopLoad.Engine, idle.Partitions);
        ShopLoad load = new(idle.Partitions, 100, app.World.Now, 0);
        app.Trigger.Start(1);
        Array.ForEach([app.Ticker, app.Live, app.Rescue, app.Sweep], ticker => ticker.Start());
        for (int second = 1; second <= EventSeconds; second++)
        {
            app.World.RunFor(TimeSpan.FromSeconds(1));
            while (load.NextArrivalMs <= app.World.Now.ToUnixTimeMilliseconds())
            {
                load.AppendTo(app.Log);
            }
        }

        app.World.RunFor(TimeSpan.FromSeconds(SettleSeconds));
        app.Host.Meter.Clear();
        app.World.RunFor(TimeSpan.FromSeconds(Seconds));
        return new IdleFigures(idle, Reads("close"), Reads("live"), Reads("rescue"), app.Host.Meter.Sum(HostWork.Signal).Count / (double)Seconds);

        double Reads(string timer) => app.Host.Meter.Sum(HostWork.Read, timer).Count / (double)Seconds;
    }
}
