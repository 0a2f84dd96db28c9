using Microsoft.Extensions.Logging;

namespace Tidemark.Functions.Tests.Hosting;

/// <summary>Everything that was logged, as text.</summary>
internal sealed class Lines
{
    private readonly List<string> _lines = [];

    public string All
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    }

    public ILogger<T> Of<T>() => new LineLogger<T>(this);
}

/// <summary>Logs to lines, whatever the level.</summary>
internal sealed class LineLogger<T>(Lines lines) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
}
