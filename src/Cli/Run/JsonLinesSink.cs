using System.Buffers;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// One result per line on a stream, such as stdout. A line may be very long, as results may hold many keys: it is written in pieces.
/// </summary>
internal sealed class JsonLinesSink(Stream stream) : IResultSink
{
    private readonly StreamBuffer _buffer = new(stream);

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        try
        {
            foreach (WindowResult result in results)
            {
                ResultJson.Write(result, _buffer);
                _buffer.Write("\n"u8);
            }

            _buffer.Flush();
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SinkException($"cannot write results to standard output: {IoProblem.Describe(error)}", error);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) => Task.CompletedTask;
}
