using Microsoft.Extensions.Logging;

namespace Tidemark.Support.AzureStorageHost;

/// <summary>
/// Writes warnings and errors of the provider, its dispatchers and the app to a file that outlives the process, one line each.
/// </summary>
internal sealed class TroubleLog(string path) : ILoggerFactory, ILogger
{
    private readonly LineFile _file = new(path);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one log.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _file.Append(
                $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {formatter(state, exception)} {exception}".ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        // There is nothing to dispose of.
    }
}
