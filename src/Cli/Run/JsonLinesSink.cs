using System.Buffers;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// One result or session per line on a stream, such as stdout. A line may be very long, as results may hold many keys: it is written in pieces.
/// </summary>
internal sealed class JsonLinesSink(Stream stream) : IResultSink
{
    private readonly StreamBuffer _buffer = new(stream);

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken) => Write(buffer =>
    {
        foreach (WindowResult result in results)
        {
            ResultJson.Write(result, buffer);
            buffer.Write("\n"u8);
        }
    });

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken) =>
        Write(buffer => SessionJson.WriteLines(sessions, buffer));

    private Task Write(Action<StreamBuffer> write)
    {
        try
        {
            write(_buffer);
            _buffer.Flush();
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write results to standard output: {IoProblem.Describe(error)}", error);
        }

        return Task.CompletedTask;
    }
}
