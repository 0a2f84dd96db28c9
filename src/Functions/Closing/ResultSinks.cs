using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Functions.Hosting;
using Tidemark.Sinks;

namespace Tidemark.Functions.Closing;

/// <summary>
/// Where results go: closed windows to every sink in order (the dashboards' first, the lake's last), live ones to the dashboards' alone. Activities run side by side and
/// sinks take one caller at a time, so each has its turn.
/// </summary>
/// <param name="live">For dashboards; null for none.</param>
/// <param name="record">For analytics; null for none.</param>
/// <param name="log">Told when a sink goes away and when it is back, not of every attempt between.</param>
public sealed class ResultSinks(IResultSink? live, IResultSink? record, ILogger<ResultSinks>? log = null) : IDisposable
{
    private readonly Turn _live = new("The dashboards' sink (Redis)", log ?? NullLogger<ResultSinks>.Instance);
    private readonly Turn _record = new("The lake", log ?? NullLogger<ResultSinks>.Instance);
    private readonly ConcurrentDictionary<string, long> _finalBefore = []; // ticks may overlap

    /// <summary>Whether anybody takes live results.</summary>
    public bool TakesLive => live is not null;

    /// <summary>Writes a closed window; it is in all sinks when it returns.</summary>
    /// <exception cref="SinkException">One of them failed; any of them may hold it.</exception>
    public async Task WriteAsync(WindowResult result, CancellationToken cancellationToken)
    {
        await _live.RunAsync(live, sink => sink.WriteAsync([result], cancellationToken), cancellationToken).ConfigureAwait(false);
        await _record.RunAsync(record, sink => sink.WriteAsync([result], cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes live results.</summary>
    public Task WriteLiveAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken) =>
        _live.RunAsync(live, sink => sink.WriteAsync(results, cancellationToken), cancellationToken);

    /// <summary>Notes what is final of a family, unless this worker has done so.</summary>
    public async Task MarkFinalAsync(string family, long finalBeforeMs, CancellationToken cancellationToken)
    {
        if (finalBeforeMs == EventTime.None || (_finalBefore.TryGetValue(family, out long before) && before >= finalBeforeMs))
        {
            return;
        }

        await _live.RunAsync(live, sink => sink.MarkFinalAsync(family, finalBeforeMs, cancellationToken), cancellationToken).ConfigureAwait(false);
        await _record.RunAsync(record, sink => sink.MarkFinalAsync(family, finalBeforeMs, cancellationToken), cancellationToken).ConfigureAwait(false);
        _finalBefore.AddOrUpdate(family, finalBeforeMs, (_, known) => Math.Max(known, finalBeforeMs));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _live.Dispose();
        _record.Dispose();
    }

    /// <summary>One caller at a time, and whether the sink worked for the last one.</summary>
    private sealed class Turn(string name, ILogger log) : IDisposable
    {
        private readonly SemaphoreSlim _turn = new(1);
        private bool _isAway;

        public async Task RunAsync(IResultSink? sink, Func<IResultSink, Task> write, CancellationToken cancellationToken)
        {
            if (sink is null)
            {
                return;
            }

            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await write(sink).ConfigureAwait(false);
                if (_isAway)
                {
                    _isAway = false;
                    log.SinkBack(name);
                }
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                if (!_isAway)
                {
                    _isAway = true;
                    log.SinkAway(problem, name);
                }

                throw;
            }
            finally
            {
                _turn.Release();
            }
        }

        public void Dispose() => _turn.Dispose();
    }
}
