using Tidemark.Aggregation.Closing;

namespace Tidemark.Storage;

/// <summary>
/// Where results go. Forward-only: of two results for the same window the one with the higher revision stays, whatever the order
/// they come in, so writing a batch again after a failure is always right.
/// </summary>
public interface IResultSink
{
    /// <summary>Writes results in order. When it throws, any part of the batch may have been written.</summary>
    /// <exception cref="SinkException">The results cannot be written; the message says where, why and what to do.</exception>
    Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken);
}
