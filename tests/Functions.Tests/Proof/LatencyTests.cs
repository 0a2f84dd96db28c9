using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Support.Durable;
using Xunit.Abstractions;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// How long after an event was produced it is in the live results, and how long after a window is due it is published, on the virtual
/// clock: one instance, the trigger's gathering of a second, timers that tick every second at any phase, and the delays measured on
/// Azurite. docs/FUNCTIONS.md has the model.
/// </summary>
public sealed class LatencyTests(ITestOutputHelper output)
{
    private const int Partitions = 6;
    private const int Runs = 40;
    private static readonly TimeSpan BetweenEvents = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(150);

    [Fact]
    public void Live_OneInstance_WithinTheTargets()
    {
        List<double> seconds = [.. Enumerable.Range(1, Runs / 4).SelectMany(seed => new Clicks(seed).Run().LiveSeconds)];
        (double median, double most) = Describe("from an event to its live result", seconds);
        Assert.InRange(median, 0, 0.9);
        Assert.InRange(most, 0, 1.7);
    }

    [Fact]
    public void OnTime_OneInstance_WithinTheTargets()
    {
        List<double> seconds = [.. Enumerable.Range(1, Runs).SelectMany(seed => new Clicks(seed).Run().OnTimeSeconds)];
        (double median, double most) = Describe("from the time that a window is due to its publication", seconds);
        Assert.InRange(median, 0, 2);
        Assert.InRange(most, 0, 3);
    }

    private (double Median, double Most) Describe(string what, List<double> seconds)
    {
        seconds.Sort();
        (double median, double most) = (seconds[seconds.Count / 2], seconds[seconds.Count * 99 / 100]);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: p50 {median:0.00} s, p99 {most:0.00} s, of {seconds.Count}; at most {seconds[^1]:0.00} s"));
        return (median, most);
    }

    /// <summary>A hundred clicks a second on one instance, which happen when they are produced.</summary>
    private sealed class Clicks
    {
        private readonly App _app;
        private readonly GatheringTrigger _trigger;
        private readonly Dictionary<long, Queue<DateTimeOffset>> _waiting = [];
        private readonly Dictionary<long, int> _shown = [];
        private readonly int _outOfOrdernessMs;
        private int _produced;

        public Clicks(int seed)
        {
            EngineOptions engine = new();
            _outOfOrdernessMs = (int)engine.MaxOutOfOrderness.TotalMilliseconds;
            _app = new App(seed, engine, Partitions, new Faults { Delays = Delays.Azurite });
            Worker instance = _app.Host.NewWorker("instance");
            _app.Instance = instance;
            _app.Sinks.OnLive = OnLive;
            _trigger = new GatheringTrigger(_app.World, _app.Log, instance, _app.IngestAsync);
            _trigger.Start(GatheringTrigger.Interval * _app.World.Random.NextDouble());
            _app.World.After(TimeSpan.FromSeconds(_app.World.Random.NextDouble()), _app.Ticker.Start);
            _app.World.After(TimeSpan.FromSeconds(_app.World.Random.NextDouble()), _app.Live.Start);
            _app.World.After(BetweenEvents, Produce);
        }

        public List<double> LiveSeconds { get; } = [];

        public List<double> OnTimeSeconds { get; } = [];

        public Clicks Run()
        {
            int published = 0;
            for (DateTimeOffset until = _app.World.Now + Span; _app.World.Now < until;)
            {
                _app.World.RunFor(BetweenEvents);
                for (; published < _app.Sinks.Published.Count; published++)
                {
                    WindowResult result = _app.Sinks.Published[published];
                    if (result.Phase == Phase.OnTime)
                    {
                        OnTimeSeconds.Add((_app.World.Now.ToUnixTimeMilliseconds() - result.EndMs - _outOfOrdernessMs) / 1000.0);
                    }
                }
            }

            return this;
        }

        private void Produce()
        {
            _app.World.After(BetweenEvents, Produce);
            long nowMs = _app.World.Now.ToUnixTimeMilliseconds();
            string line = string.Create(
                CultureInfo.InvariantCulture, $$"""{"timestamp":{{nowMs}},"event_type":"click","user_id":"u{{_produced % 97}}"}""");
            _trigger.Append(_produced++ % Partitions, Encoding.UTF8.GetBytes(line));
            long minute = nowMs - (nowMs % 60_000);
            (_waiting.TryGetValue(minute, out Queue<DateTimeOffset>? events) ? events : _waiting[minute] = new()).Enqueue(_app.World.Now);
        }

        // Batches hold what was produced, in that order: a count of events says which.
        private void OnLive(WindowResult result)
        {
            if (result.Window != "1min")
            {
                return;
            }

            for (int shown = _shown.GetValueOrDefault(result.StartMs); shown < result.TotalEvents; shown++)
            {
                LiveSeconds.Add((_app.World.Now - _waiting[result.StartMs].Dequeue()).TotalSeconds);
                _shown[result.StartMs] = shown + 1;
            }
        }
    }
}
