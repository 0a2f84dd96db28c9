using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>
/// The range in which the empty windows of one family have been enumerated. Each family has its own, so that a gap in one does not affect
/// others.
/// </summary>
internal sealed class EmptyRange(WindowDefinition definition, int order)
{
    private long _firstMs = long.MaxValue;
    private long _enumeratedFromMs = long.MaxValue;
    private long _enumeratedUntilMs = EventTime.None;

    /// <summary>The number of windows left out because there were too many in a row.</summary>
    public long Skipped { get; private set; }

    /// <summary>Captures the state of the range.</summary>
    public EmptyRangeSnapshot Capture() => new(_firstMs, _enumeratedFromMs, _enumeratedUntilMs, Skipped);

    /// <summary>Restores a captured state.</summary>
    public void Restore(EmptyRangeSnapshot snapshot)
    {
        _firstMs = snapshot.FirstMs;
        _enumeratedFromMs = snapshot.EnumeratedFromMs;
        _enumeratedUntilMs = snapshot.EnumeratedUntilMs;
        Skipped = snapshot.Skipped;
    }

    /// <summary>Extends the range to a pane that holds events.</summary>
    public void Cover(Interval pane) => _firstMs = Math.Min(_firstMs, pane.StartMs);

    /// <summary>Whether a window was already published as empty.</summary>
    public bool WasPublished(Interval window) => window.StartMs >= _enumeratedFromMs && window.EndMs <= _enumeratedUntilMs;

    /// <summary>
    /// The windows, with or without events, from the first event to a time that were not enumerated before, by end. A first event that has
    /// moved back adds a range before the old one.
    /// </summary>
    public IEnumerable<OpenWindow> Candidates(long untilMs)
    {
        if (_firstMs == long.MaxValue)
        {
            return [];
        }

        untilMs = Math.Max(untilMs, _enumeratedUntilMs);
        long afterMs = _firstMs < _enumeratedFromMs ? _firstMs : _enumeratedUntilMs;
        long count = EmptyWindows.CountIn(definition, afterMs, untilMs);
        if (EmptyWindows.IsGap(count))
        {
            // The range restarts after the gap, since nothing in the gap was published.
            Skipped += count;
            _firstMs = _enumeratedUntilMs = untilMs;
            return [];
        }

        return definition.WindowsEndingIn(afterMs, untilMs)
            .Where(window => window.StartMs >= _firstMs && !WasPublished(window))
            .Select(window => new OpenWindow(definition, order, window));
    }

    /// <summary>Marks the candidates up to a time as enumerated.</summary>
    public void End(long untilMs)
    {
        if (_firstMs != long.MaxValue)
        {
            _enumeratedFromMs = _firstMs;
            _enumeratedUntilMs = Math.Max(_enumeratedUntilMs, untilMs);
        }
    }
}
