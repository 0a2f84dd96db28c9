using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Sinks;

namespace Tidemark.Functions.Closing;

/// <summary>
/// A sink that is opened on first use, and again after a failed attempt, so that an unavailable server does not prevent the app from
/// starting.
/// </summary>
/// <param name="open">Opens the sink.</param>
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

    /// <inheritdoc/>
    public bool TakesSessions => true;

    /// <inheritdoc/>
    public async Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        IResultSink sink = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await sink.WriteSessionsAsync(sessions, cancellationToken).ConfigureAwait(false);
    }

    // ResultSinks serializes the callers.
    private async Task<IResultSink> OpenAsync(CancellationToken cancellationToken) => _sink ??= await open(cancellationToken).ConfigureAwait(false);
}
