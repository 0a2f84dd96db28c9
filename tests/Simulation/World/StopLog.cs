using Microsoft.Extensions.Logging;
using Tidemark.Functions.Ingest;

namespace Tidemark.Simulation;

/// <summary>Reads the app's log for stopped partitions and the reasons.</summary>
internal sealed class StopLog(SimulatedApp app) : ILogger<StoppedPartitions>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null && state is IReadOnlyList<KeyValuePair<string, object?>> values
            && values.FirstOrDefault(value => value.Key == "Partition").Value is int partition)
        {
            app.Stopped?.Invoke(partition, exception);
        }
    }
}
