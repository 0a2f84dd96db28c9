using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Hosting;
using Tidemark.Functions.Ingest;
using Tidemark.Protocol;
using Tidemark.Sinks;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>
/// The app as it is registered, with the durable clients, the broker, the dead letters and a sink mocked. States are what a test puts;
/// signals are noted.
/// </summary>
internal sealed class MockedApp : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ConcurrentDictionary<EntityInstanceId, byte[]> _states = [];
    private readonly ServiceProvider _services;
    private readonly ResultSinks _sinks;

    public MockedApp(double now = 1.6)
    {
        Client.Setup(c => c.Entities).Returns(Entities.Object);
        Entities.Setup(c => c.GetEntityAsync<byte[]>(It.IsAny<EntityInstanceId>(), true, Token))
            .ReturnsAsync((EntityInstanceId id, bool _, CancellationToken _) => _states.TryGetValue(id, out byte[]? state)
                ? new EntityMetadata<byte[]>(id, state)
                : null);
        Entities.Setup(c => c.SignalEntityAsync(
            It.IsAny<EntityInstanceId>(), It.IsAny<string>(), It.IsAny<object?>(), It.IsAny<SignalEntityOptions?>(), Token))
            .Returns((EntityInstanceId id, string operation, object? input, SignalEntityOptions? _, CancellationToken _) =>
            {
                Calls.Enqueue($"{operation} {id}");
                OnSignal?.Invoke(id, operation, input);
                return Task.CompletedTask;
            });
        Broker.Setup(b => b.PartitionsAsync(Token)).ReturnsAsync([0]);
        DeadLetters.Setup(d => d.WriteAsync(It.IsAny<IReadOnlyList<RejectedRecord>>(), Token))
            .Callback((IReadOnlyList<RejectedRecord> records, CancellationToken _) => Calls.Enqueue(
                $"dead letters {string.Join(',', records.Select(record => record.Offset))}"))
            .Returns(Task.CompletedTask);
        _sinks = new ResultSinks([new NamedSink("Redis", Sink.Object, TakesLive: true)]);
        ServiceCollection services = new();
        services.AddTidemark(Options);
        services.AddSingleton(Broker.Object).AddSingleton(DeadLetters.Object)
            .AddSingleton(_sinks).AddSingleton<TimeProvider>(new At(Given.Minute(now)));
        services.AddSingleton(typeof(ILogger<>), typeof(LineLogger<>)).AddSingleton(Log);
        services.AddTransient<IngestFunction>().AddTransient<Timers>()
            .AddTransient<ClosingActivities>().AddTransient<Functions.Query.StatusFunction>();
        _services = services.BuildServiceProvider();
    }

    public static FunctionsOptions Options { get; } = new()
    {
        Brokers = "b:1",
        Topic = "t",
        DeadLetterTopic = "d",
        Engine = Given.Options,
        Password = "hunter2",
        Timing = new ProtocolTiming { IngestTimeout = TimeSpan.FromMinutes(4) },
    };

    public static TopicNames Names => Options.Names;

    public Mock<DurableEntityClient> Entities { get; } = new("test");

    public Mock<DurableTaskClient> Client { get; } = new("test");

    public Mock<IBroker> Broker { get; } = new();

    public Mock<IDeadLetters> DeadLetters { get; } = new();

    public Mock<IResultSink> Sink { get; } = new();

    public Lines Log { get; } = new();

    /// <summary>The token of the invocation. Mocks answer to no other.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Signals and dead letters, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    public Action<EntityInstanceId, string, object?>? OnSignal { get; set; }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public void Put(EntityInstanceId id, byte[] state) => _states[id] = state;

    public void Put(TopicState topic) => Put(Names.Topic, topic.Encode());

    public void Put(int partition, PartitionState cursor) => Put(Names.Partition(partition), cursor.Encode());

    public PartitionState Cursor(int partition) => PartitionState.Decode(_states[Names.Partition(partition)]);

    /// <summary>Every read of a state fails.</summary>
    public void FailStore(Exception problem) =>
        Entities.Setup(c => c.GetEntityAsync<byte[]>(It.IsAny<EntityInstanceId>(), true, It.IsAny<CancellationToken>())).ThrowsAsync(problem);

    public void Cancel() => _source.Cancel();

    public void Dispose()
    {
        _services.Dispose();
        _sinks.Dispose();
        _source.Dispose();
    }

    private sealed class At(long nowMs) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
    }
}
