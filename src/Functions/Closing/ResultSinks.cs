using Tidemark.Aggregation.Closing;
using Tidemark.Storage;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Where results go: closed windows to every sink in order (the dashboards' first, the lake's last), live ones to the dashboards' alone. Activities run side by side and
/// sinks take one caller at a time, so each has its turn.
/// </summary>
/// <param name="live">For dashboards; null for none.</param>
/// <param name="record">For analytics; null for none.</param>
public sealed class ResultSinks(IResultSink? live, IResultSink? record) : IDisposable
{
    private readonly SemaphoreSlim _liveTurn = new(1);
    private readonly SemaphoreSlim _recordTurn = new(1);
    private readonly Dictionary<string, long> _finalBefore = [];

    /// <summary>Whether anybody takes live results.</summary>
    public bool TakesLive => live is not null;

    /// <summary>Writes a closed window; it is in all sinks when it returns.</summary>
    /// <exception cref="SinkException">One of them failed; any of them may hold it.</exception>
    public async Task WriteAsync(WindowResult result, CancellationToken cancellationToken)
    {
        await RunAsync(live, _liveTurn, sink => sink.WriteAsync([result], cancellationToken), cancellationToken).ConfigureAwait(false);
        await RunAsync(record, _recordTurn, sink => sink.WriteAsync([result], cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes live results.</summary>
    public Task WriteLiveAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken) =>
        RunAsync(live, _liveTurn, sink => sink.WriteAsync(results, cancellationToken), cancellationToken);

    /// <summary>Notes what is final of a family, unless this worker has done so.</summary>
    public async Task MarkFinalAsync(string family, long finalBeforeMs, CancellationToken cancellationToken)
    {
        if (finalBeforeMs == long.MinValue || (_finalBefore.TryGetValue(family, out long before) && before >= finalBeforeMs))
        {
            return;
        }

        await RunAsync(live, _liveTurn, sink => sink.MarkFinalAsync(family, finalBeforeMs, cancellationToken), cancellationToken).ConfigureAwait(false);
        await RunAsync(record, _recordTurn, sink => sink.MarkFinalAsync(family, finalBeforeMs, cancellationToken), cancellationToken).ConfigureAwait(false);
        _finalBefore[family] = finalBeforeMs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _liveTurn.Dispose();
        _recordTurn.Dispose();
    }

    private static async Task RunAsync(IResultSink? sink, SemaphoreSlim turn, Func<IResultSink, Task> write, CancellationToken cancellationToken)
    {
        if (sink is null)
        {
            return;
        }

        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await write(sink).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
