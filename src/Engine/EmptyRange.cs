using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Engine;

/// <summary>How far the windows without events of one family have been enumerated. A family has its own range: whether it has a gap depends on no other.</summary>
internal sealed class EmptyRange(WindowDefinition definition, int order)
{
    private long _firstMs = long.MaxValue;
    private long _enumeratedFromMs = long.MaxValue;
    private long _enumeratedUntilMs = EventTime.None;

    /// <summary>Windows left out because there were too many in a row.</summary>
    public long Skipped { get; private set; }

    /// <summary>What the range knows.</summary>
    public EmptyRangeSnapshot Capture() => new(_firstMs, _enumeratedFromMs, _enumeratedUntilMs, Skipped);

    /// <summary>Takes over what another range knew.</summary>
    public void Restore(EmptyRangeSnapshot snapshot)
    {
        _firstMs = snapshot.FirstMs;
        _enumeratedFromMs = snapshot.EnumeratedFromMs;
        _enumeratedUntilMs = snapshot.EnumeratedUntilMs;
        Skipped = snapshot.Skipped;
    }

    /// <summary>Notes a pane that holds events.</summary>
    public void Cover(Interval pane) => _firstMs = Math.Min(_firstMs, pane.StartMs);

    /// <summary>Whether a window was already published as an empty one.</summary>
    public bool WasPublished(Interval window) => window.StartMs >= _enumeratedFromMs && window.EndMs <= _enumeratedUntilMs;

    /// <summary>
    /// Windows from the first event on that end by a time and were not enumerated before, with events or without, by end: a first event that moved back opens a
    /// range before the old one.
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
            // What comes after the gap begins anew: nothing in the gap was published.
            Skipped += count;
            _firstMs = _enumeratedUntilMs = untilMs;
            return [];
        }

        return definition.WindowsEndingIn(afterMs, untilMs)
            .Where(window => window.StartMs >= _firstMs && !WasPublished(window))
            .Select(window => new OpenWindow(definition, order, window));
    }

    /// <summary>Notes that the candidates up to a time have been taken.</summary>
    public void End(long untilMs)
    {
        if (_firstMs != long.MaxValue)
        {
            _enumeratedFromMs = _firstMs;
            _enumeratedUntilMs = Math.Max(_enumeratedUntilMs, untilMs);
        }
    }
}
