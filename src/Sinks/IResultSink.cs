using Tidemark.Core.Results;

namespace Tidemark.Sinks;

/// <summary>
/// Where results go. Forward-only: of two results for the same window the one with the higher revision stays, whatever the order
/// they come in, so writing a batch again after a failure is always right.
/// </summary>
public interface IResultSink
{
    /// <summary>Writes results in order. When it throws, any part of the batch may have been written.</summary>
    /// <exception cref="SinkException">The results cannot be written; the message says where, why and what to do.</exception>
    Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken);

    /// <summary>Notes that no window of a family that ends at or before a time will change any more. Such notes only move forward.</summary>
    /// <param name="window">The name of the family.</param>
    /// <param name="finalBeforeMs">Epoch milliseconds.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="SinkException">The note cannot be written.</exception>
    Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken);
}
