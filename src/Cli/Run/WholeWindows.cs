using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Engine;
using Tidemark.Sinks;

namespace Tidemark.Cli.Run;

/// <summary>
/// Keeps a window from being published as closed of which only a part was seen: one that began before the first event of a process that
/// remembers nothing. It is shown while it is open, for what it is. A session that may have begun before is not published either.
/// </summary>
/// <param name="inner">Where the rest goes.</param>
/// <param name="gap">The gap of sessions; any when there are none.</param>
/// <param name="say">Tells a person.</param>
internal sealed class WholeWindows(IResultSink inner, TimeSpan gap, Action<string> say) : IResultSink
{
    private WindowEngine? _engine;
    private bool _isTold;

    /// <summary>Tells which engine makes the results.</summary>
    public void Attach(WindowEngine engine) => _engine = engine;

    /// <inheritdoc/>
    public Task WriteAsync(IReadOnlyList<WindowResult> results, CancellationToken cancellationToken)
    {
        long firstMs = _engine?.FirstEventTimeMs ?? EventTime.None;
        WindowResult[] whole = [.. results.Where(result => result.Phase == Phase.Live || result.StartMs >= firstMs)];
        if (whole.Length < results.Count && !_isTold)
        {
            _isTold = true;
            say($"windows that began before the first event, at {TimeText.Format(firstMs)}, "
                + "are shown while they are open and not published as closed: only a part of them was seen. "
                + "With --state DIR, what was counted is remembered from one start to the next");
        }

        return whole.Length == 0 ? Task.CompletedTask : inner.WriteAsync(whole, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TakesSessions => inner.TakesSessions;

    /// <inheritdoc/>
    public Task WriteSessionsAsync(EndedSessions sessions, CancellationToken cancellationToken)
    {
        // One that starts within the gap after the first event may have begun before it.
        long wholeFromMs = (_engine?.FirstEventTimeMs ?? EventTime.None) + (long)gap.TotalMilliseconds;
        Session[] whole = [.. sessions.Sessions.Where(session => session.StartMs > wholeFromMs)];
        return inner.WriteSessionsAsync(whole.Length == sessions.Sessions.Count ? sessions : sessions with { Sessions = whole }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task MarkFinalAsync(string window, long finalBeforeMs, CancellationToken cancellationToken) =>
        inner.MarkFinalAsync(window, finalBeforeMs, cancellationToken);
}
