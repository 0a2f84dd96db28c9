using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Simulation.Invariants;
using Tidemark.Sinks;

namespace Tidemark.Simulation;

/// <summary>Shows every result to the observer before it is written.</summary>
internal sealed class WatchedSink(Func<Observer> observer, IResultSink inner) : IResultSink
{
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        foreach (WindowResult result in results)
        {
            observer().ResultWritten(result);
        }

        return inner.WriteAsync(results, cancellationToken);
    }

    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) =>
        inner.MarkFinalAsync(window, finalBeforeMs, cancellationToken);

    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken) =>
        inner.WriteSessionsAsync(sessions, cancellationToken);
}
