using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Functions.Closing;

/// <summary>A sink that is opened when it is first used, and again after an attempt that failed: a server that is away must not keep the app from starting.</summary>
/// <param name="open">Opens it.</param>
public sealed class DeferredSink(Func<CancellationToken, Task<IResultSink>> open) : IResultSink
{
    private IResultSink? _sink;

    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        IResultSink sink = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await sink.WriteAsync(results, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken)
    {
        IResultSink sink = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await sink.MarkFinalAsync(window, finalBeforeMs, cancellationToken).ConfigureAwait(false);
    }

    // Its callers take turns.
    private async Task<IResultSink> OpenAsync(CancellationToken cancellationToken) => _sink ??= await open(cancellationToken).ConfigureAwait(false);
}
