using System.Diagnostics.Metrics;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Support.Durable;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>What alerts are made of: each number as an exporter would read it.</summary>
public sealed class MetricsTests
{
    private readonly Clock _clock = new();
    private readonly Mock<DurableEntityClient> _entities = new("test");
    private readonly Mock<DurableTaskClient> _client = new("test");
    private readonly Mock<IBroker> _broker = new();
    private readonly Dictionary<string, double> _seen = [];

    [Fact]
    public async Task ConsumerLag_TwoPartitions_IsWhatLiesBeyondTheCursors()
    {
        // partition 0: applied to 2 of 10; partition 1: its cursor stands at 1, and the log has lost everything before 4, to 7
        using MeterListener listener = await RescueAsync(new LogBounds(0, 10), new LogBounds(4, 7));
        listener.RecordObservableInstruments();
        Assert.Equal(8 + 3, _seen["tidemark.consumer_lag"]);
    }

    [Fact]
    public async Task StoppedPartitions_LogOfOneBeginsAfterItsCursor_IsOne()
    {
        using MeterListener listener = await RescueAsync(new LogBounds(0, 10), new LogBounds(4, 7));
        listener.RecordObservableInstruments();
        Assert.Equal(1, _seen["tidemark.stopped_partitions"]);
    }

    [Fact]
    public async Task StoppedPartitions_LogsAreWhole_IsZero()
    {
        using MeterListener listener = await RescueAsync(new LogBounds(0, 2), new LogBounds(0, 1));
        listener.RecordObservableInstruments();
        Assert.Equal(0, _seen["tidemark.stopped_partitions"]);
    }

    [Fact]
    public async Task ConsumerLag_AnotherInstanceRunsTheClock_IsNotToldAnyMore()
    {
        using MeterListener listener = await RescueAsync(new LogBounds(0, 10), new LogBounds(4, 7));
        _clock.Advance(TimeSpan.FromMinutes(3));
        _seen.Clear();
        listener.RecordObservableInstruments();
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task ConsumerLag_BrokerIsAway_NothingIsToldAndTheTimerGoesOn()
    {
        _broker.Setup(b => b.BoundsAsync(It.IsAny<int>(), It.IsAny<CancellationToken>())).ThrowsAsync(new TimeoutException());
        using MeterListener listener = await RescueAsync();
        listener.RecordObservableInstruments();
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task CloseFailures_StoreFails_AreCountedByStepAndThrown()
    {
        _entities.Setup(
            e => e.GetEntityAsync<byte[]>(It.IsAny<Microsoft.DurableTask.Entities.EntityInstanceId>(), true, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new InvalidOperationException("away"));
        await using ServiceProvider provider = Services();
        using MeterListener listener = Listen(provider);
        ClosingActivities activities = ActivatorUtilities.CreateInstance<ClosingActivities>(provider);
        PublishOrder order = new("1min", Given.Hour, Given.Minute(1), 1, Given.Minute(2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => activities.PublishWindow(order, _client.Object, default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => activities.ConfirmWindow(order, _client.Object, default));
        Assert.Equal(2, _seen["tidemark.close_failures"]);
        Assert.Equal(1, _seen["tidemark.close_failures step=PublishWindow"]);
    }

    [Theory]
    [InlineData(5_000L, true, 5.0, 0.0)]
    [InlineData(null, true, null, 1.0)]
    [InlineData(null, false, null, 0.0)]
    public void WatermarkLag_NoWatermark_IsMissingAndNoLagOfZero(long? lagMs, bool hasRecords, double? lag, double missing)
    {
        using ServiceProvider provider = Services();
        using MeterListener listener = Listen(provider);
        provider.GetRequiredService<TidemarkMetrics>().Ticked(lagMs, hasRecords, openPanes: 3);

        listener.RecordObservableInstruments();

        Assert.Equal(lag, _seen.TryGetValue("tidemark.watermark_lag", out double seconds) ? seconds : null);
        Assert.Equal(missing, _seen["tidemark.watermark_missing"]);
        Assert.Equal(3, _seen["tidemark.open_panes"]);
    }

    [Fact]
    public void DeadLetters_RecordsThatCannotBeCounted_AreCounted()
    {
        using MeterListener listener = Listen(null);
        App app = new(1, Given.Options, 1);
        LogRecord[] records = [app.Log.Append(0, "{"u8.ToArray(), Given.Hour), app.Log.Append(0, "[]"u8.ToArray(), Given.Hour)];
        Assert.Null(app.Invoke(app.Host.NewWorker("ingest"), records).Failure);

        // Tests beside this one use the same instruments.
        Assert.True(_seen["tidemark.dead_letters"] >= 2);
    }

    private async Task<MeterListener> RescueAsync(params LogBounds[] logs)
    {
        _broker.Setup(b => b.PartitionsAsync(It.IsAny<CancellationToken>())).ReturnsAsync([0, 1]);
        for (int partition = 0; partition < logs.Length; partition++)
        {
            int one = partition;
            _broker.Setup(b => b.BoundsAsync(one, It.IsAny<CancellationToken>())).ReturnsAsync(logs[one]);
        }

        FunctionsOptions options = Options();
        Entity(options.Names.Topic, Given.Topic(0, 1).Encode());
        Entity(options.Names.Partition(0), Given.Applied(0.5, 1.5).Encode());
        Entity(options.Names.Partition(1), Given.Applied(1).Encode());
        ServiceProvider provider = Services();
        MeterListener listener = Listen(provider);
        await provider.GetRequiredService<Rescue>().RunAsync(_client.Object, CancellationToken.None);
        return listener;
    }

    private ServiceProvider Services()
    {
        _client.Setup(c => c.Entities).Returns(_entities.Object);
        ServiceCollection services = new();
        services.AddTidemark(Options());
        services.AddSingleton(_broker.Object).AddSingleton(Mock.Of<IDeadLetters>())
            .AddSingleton(new ResultSinks([])).AddSingleton<TimeProvider>(_clock);
        return services.BuildServiceProvider();
    }

    /// <summary>Adds up what the instruments say, of one app or, without one, of all.</summary>
    private MeterListener Listen(ServiceProvider? app)
    {
        object? factory = app?.GetRequiredService<IMeterFactory>();
        app?.GetRequiredService<TidemarkMetrics>();
        MeterListener listener = new()
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Name == TidemarkMetrics.MeterName && (factory is null || instrument.Meter.Scope == factory))
                {
                    me.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_seen)
        {
            _seen[instrument.Name] = _seen.GetValueOrDefault(instrument.Name) + value;
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                string name = $"{instrument.Name} {tag.Key}={tag.Value}";
                _seen[name] = _seen.GetValueOrDefault(name) + value;
            }
        }
    }

    private static FunctionsOptions Options() => new() { Brokers = "b:1", Topic = "t", DeadLetterTopic = "d", Engine = Given.Options };

    private void Entity(Microsoft.DurableTask.Entities.EntityInstanceId id, byte[] state) =>
        _entities.Setup(c => c.GetEntityAsync<byte[]>(id, true, It.IsAny<CancellationToken>())).ReturnsAsync(new EntityMetadata<byte[]>(id, state));

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Given.Minute(1.6)).AddTicks(_ticks);

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
