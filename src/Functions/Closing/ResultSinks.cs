using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Functions.Hosting;
using Tidemark.Sinks;

namespace Tidemark.Functions.Closing;

/// <summary>A sink and its name.</summary>
/// <param name="Name">The name in messages.</param>
/// <param name="Sink">The sink.</param>
/// <param name="TakesLive">Whether it also accepts live results.</param>
public sealed record NamedSink(string Name, IResultSink Sink, bool TakesLive = false);

/// <summary>
/// Writes closed windows to all sinks in order, and live results to those that accept them. Activities run concurrently and a sink allows
/// one caller at a time, so calls to each sink are serialized.
/// </summary>
public sealed class ResultSinks : IDisposable
{
    private readonly Turn[] _all;
    private readonly Turn[] _live;
    private readonly ConcurrentDictionary<string, long> _finalBefore = []; // concurrent, since ticks may overlap

    /// <param name="sinks">The sinks, in the order in which results are written.</param>
    /// <param name="log">Receives a message when a sink starts to fail and when it works again, not for every attempt in between.</param>
    public ResultSinks(IReadOnlyList<NamedSink> sinks, ILogger<ResultSinks>? log = null)
    {
        _all = [.. sinks.Select(sink => new Turn(sink, log ?? NullLogger<ResultSinks>.Instance))];
        _live = [.. _all.Where(turn => turn.TakesLive)];
    }

    /// <summary>Whether any sink accepts live results.</summary>
    public bool TakesLive => _live.Length > 0;

    /// <summary>Writes the result of a closed window to all sinks.</summary>
    /// <exception cref="SinkException">A sink failed; any of the sinks may have the result.</exception>
    public Task WriteAsync(WindowResult result, CancellationToken cancellationToken) =>
        EachAsync(_all, sink => sink.WriteAsync([result], cancellationToken), cancellationToken);

    /// <summary>Writes the sessions that ended in a minute to all sinks.</summary>
    /// <exception cref="SinkException">A sink failed; any of the sinks may have them.</exception>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken) =>
        EachAsync(_all, sink => sink.WriteSessionsAsync(sessions, cancellationToken), cancellationToken);

    /// <summary>Writes live results to the sinks that accept them.</summary>
    public Task WriteLiveAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken) =>
        EachAsync(_live, sink => sink.WriteAsync(results, cancellationToken), cancellationToken);

    /// <summary>Marks windows of a family as final, unless this worker has done so before.</summary>
    public async Task MarkFinalAsync(string family, long finalBeforeMs, CancellationToken cancellationToken)
    {
        if (finalBeforeMs == long.MinValue || (_finalBefore.TryGetValue(family, out long before) && before >= finalBeforeMs))
        {
            return;
        }

        await EachAsync(_all, sink => sink.MarkFinalAsync(family, finalBeforeMs, cancellationToken), cancellationToken).ConfigureAwait(false);
        _finalBefore.AddOrUpdate(family, finalBeforeMs, (_, known) => Math.Max(known, finalBeforeMs));
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_all, turn => turn.Dispose());

    private static async Task EachAsync(Turn[] turns, Func<IResultSink, Task> write, CancellationToken cancellationToken)
    {
        foreach (Turn turn in turns)
        {
            await turn.RunAsync(write, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Serializes the calls to one sink and remembers whether the last one succeeded.</summary>
    private sealed class Turn(NamedSink sink, ILogger log) : IDisposable
    {
        private readonly SemaphoreSlim _turn = new(1);
        private bool _isAway;

        public bool TakesLive => sink.TakesLive;

        public async Task RunAsync(Func<IResultSink, Task> write, CancellationToken cancellationToken)
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await write(sink.Sink).ConfigureAwait(false);
                if (_isAway)
                {
                    _isAway = false;
                    log.SinkBack(sink.Name);
                }
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                if (!_isAway)
                {
                    _isAway = true;
                    log.SinkAway(problem, sink.Name);
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
