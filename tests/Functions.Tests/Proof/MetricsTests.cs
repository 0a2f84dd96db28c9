using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>What the meters count.</summary>
public sealed class MetricsTests
{
    /// <summary>
    /// One worker that lives: reads are old, signals are lost and doubled, batches come again, and the counters end at the cursors' counts.
    /// </summary>
    [Fact]
    public void Applied_StaleReadsAndRepeatedBatches_CountsEachOffsetOnce()
    {
        Faults faults = Faults.None with { StaleRead = 0.3, SignalLost = 0.05, SignalDuplicated = 0.2, SignalDelayed = 0.1 };
        for (int seed = 100; seed < 100 + (20 * Seeds.Factor); seed++)
        {
            Stream stream = Stream.Next(seed);
            App app = new(seed, stream.Engine, stream.Partitions, faults);
            using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
            IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
            app.Metrics = new TidemarkMetrics(meters);
            Dictionary<string, long> counted = [];
            using MeterListener listener = new();
            listener.InstrumentPublished = (instrument, measuring) =>
            {
                if (instrument.Meter == meters.Create(TidemarkMetrics.MeterName))
                {
                    measuring.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>(
                (instrument, value, _, _) => counted[instrument.Name] = counted.GetValueOrDefault(instrument.Name) + value);
            listener.Start();

            List<LogRecord> records = IngestTests.Append(app, stream);
            Worker worker = app.Host.NewWorker("ingest");
            foreach (LogRecord[] batch in Batching.Cut(app.World.Random, records).SelectMany(batch => new[] { batch, batch }))
            {
                while (app.Invoke(worker, batch).Failure is TimeoutException)
                {
                    // The trigger brings it again.
                }
            }

            PartitionState[] cursors = [.. Enumerable.Range(0, stream.Partitions).Select(app.Cursor)];
            Assert.Equal(
                (cursors.Sum(cursor => cursor.Counted), cursors.Sum(cursor => cursor.CountOf(RecordOutcome.Late)), cursors.Sum(
                    cursor => cursor.Rejected)),
                (counted.GetValueOrDefault("tidemark.events"), counted.GetValueOrDefault("tidemark.late"), counted.GetValueOrDefault(
                    "tidemark.rejected")));
        }
    }

    [Fact]
    public void PassedMs_WatermarkRisesAndFalls_IsTheFirstTickThatSawItPast()
    {
        WatermarkTimes passed = new();
        passed.Note(EventTime.None, 1);
        Assert.Null(passed.PassedMs(100));
        passed.Note(99, 2);
        passed.Note(50, 3);
        passed.Note(100, 4);
        Assert.Equal(2, passed.PassedMs(100));
        Assert.Equal(4, passed.PassedMs(101));
        Assert.Null(passed.PassedMs(102));
        for (int i = 0; i < 2000; i++)
        {
            passed.Note(1000 + i, 10 + i);
        }

        Assert.Null(passed.PassedMs(100));
    }
}
