using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;

namespace Tidemark.Cli.Verify;

/// <summary>
/// Compares recounted windows with those that a store holds. Both come in the order of their starts and ends, so one of each is in memory
/// at a time; of the differences
/// a bounded number is kept.
/// </summary>
internal sealed class StoreCheck : IAsyncDisposable
{
    /// <summary>Most differences that are kept to be shown.</summary>
    public const int MaxDifferences = 1000;

    private readonly Func<string, Interval, CancellationToken, IAsyncEnumerable<WindowResult>> _read;
    private readonly JudgedRange _judged;
    private readonly Interval _range;
    private readonly Dictionary<string, IAsyncEnumerator<WindowResult>> _stored = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _compared = new(StringComparer.Ordinal);
    private readonly List<Difference> _differences = [];
    private readonly SessionDigests _sessions = new();

    /// <param name="name">The store, as a person would name it.</param>
    /// <param name="read">Reads the windows of a family that start in a range, by start and end.</param>
    /// <param name="judged">Which windows are judged.</param>
    /// <param name="range">Windows that start outside are passed over.</param>
    public StoreCheck(string name, Func<string, Interval, CancellationToken, IAsyncEnumerable<WindowResult>> read, JudgedRange judged, Interval range)
    {
        Name = name;
        _read = read;
        _judged = judged;
        _range = range;
    }

    /// <summary>The store, as a person would name it.</summary>
    public string Name { get; }

    /// <summary>Whether it holds the users' sketches. Default true.</summary>
    public bool HasSketches { get; init; } = true;

    /// <summary>Whether it may have forgotten a window. Default: never.</summary>
    public Predicate<Interval> MayForget { get; init; } = static _ => false;

    /// <summary>Reads the sessions that start in a range; null when the store is not compared by them.</summary>
    public Func<Interval, CancellationToken, IAsyncEnumerable<SessionRow>>? ReadSessions { get; init; }

    /// <summary>Windows that were judged, by family.</summary>
    public IReadOnlyDictionary<string, long> Compared => _compared;

    /// <summary>Windows that are not what was recounted.</summary>
    public long DifferentWindows { get; private set; }

    /// <summary>Windows that differ, or are on one side only, and lie where the sources hold only a part.</summary>
    public long NotJudged { get; private set; }

    /// <summary>Windows that the store has forgotten, as it does after a while.</summary>
    public long Forgotten { get; private set; }

    /// <summary>The first differences, and how many there are.</summary>
    public IReadOnlyList<Difference> Differences => _differences;

    /// <summary>How many differences there are.</summary>
    public long DifferenceCount { get; private set; }

    /// <summary>Compares a recounted window. Those of a family come in order.</summary>
    /// <exception cref="Sinks.SinkException">The store cannot be read.</exception>
    public async Task CheckAsync(WindowResult recounted, CancellationToken cancellationToken)
    {
        Interval window = new(recounted.StartMs, recounted.EndMs);
        IAsyncEnumerator<WindowResult>? stored = await OpenAsync(recounted.Window, window.StartMs, cancellationToken).ConfigureAwait(false);
        while (stored is not null && (stored.Current.StartMs, stored.Current.EndMs).CompareTo((window.StartMs, window.EndMs)) < 0)
        {
            JudgeSurplus(stored.Current);
            stored = await NextAsync(recounted.Window).ConfigureAwait(false);
        }

        if (stored is null || stored.Current.StartMs != window.StartMs || stored.Current.EndMs != window.EndMs)
        {
            JudgeMissing(recounted, window);
            return;
        }

        Judge(window, [.. ContentComparer.Compare(stored.Current, recounted, HasSketches)], recounted.Window);
        await NextAsync(recounted.Window).ConfigureAwait(false);
    }

    /// <summary>Takes the recounted sessions of a minute, under its last revision. They are compared at the end.</summary>
    public void Take(EndedSessions recounted)
    {
        foreach (Session session in ReadSessions is null ? [] : recounted.Sessions)
        {
            _sessions.Add(session, recounted.Minute);
        }
    }

    /// <summary>Compares the sessions minute by minute: those of a store come by the day of their start.</summary>
    /// <exception cref="Sinks.SinkException">The store cannot be read.</exception>
    public async Task FinishSessionsAsync(CancellationToken cancellationToken)
    {
        if (ReadSessions is null)
        {
            return;
        }

        SessionDigests stored = new();
        Interval all = new(long.MinValue, _range.EndMs);
        await foreach (SessionRow row in ReadSessions(all, cancellationToken).ConfigureAwait(false))
        {
            if (_range.Contains(row.EndedMinute.StartMs))
            {
                stored.Add(row.Session, row.EndedMinute);
            }
        }

        foreach (long minuteMs in stored.Minutes.Union(_sessions.Minutes).Order())
        {
            Interval minute = SessionRules.MinuteOf(minuteMs);
            Difference? difference = stored.Of(minuteMs) == _sessions.Of(minuteMs) ? null
                : new Difference(EndedSessions.Name, minute, "rows", Text(stored.Of(minuteMs)), Text(_sessions.Of(minuteMs)));
            Judge(minute, difference is null ? [] : [difference], EndedSessions.Name);
        }

        static string Text((long Count, UInt128 Hash) digest) =>
            string.Create(CultureInfo.InvariantCulture, $"{digest.Count:N0} sessions, hash {digest.Hash >> 96:x8}");
    }

    /// <summary>Judges the stored windows of a family past the last recounted one.</summary>
    /// <exception cref="Sinks.SinkException">The store cannot be read.</exception>
    public async Task FinishAsync(string family, CancellationToken cancellationToken)
    {
        IAsyncEnumerator<WindowResult>? stored = await OpenAsync(family, _judged.FromMs, cancellationToken).ConfigureAwait(false);
        while (stored is not null && stored.Current.StartMs < _judged.UntilMs)
        {
            JudgeSurplus(stored.Current);
            stored = await NextAsync(family).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncEnumerator<WindowResult> stored in _stored.Values)
        {
            await stored.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The next stored window of a family; null when there is none any more. Of those before the first that can be judged or was recounted
    /// none is read.
    /// </summary>
    private async Task<IAsyncEnumerator<WindowResult>?> OpenAsync(string family, long firstMs, CancellationToken cancellationToken)
    {
        if (_stored.TryGetValue(family, out IAsyncEnumerator<WindowResult>? stored))
        {
            return _ended.Contains(family) ? null : stored;
        }

        long fromMs = Math.Max(_range.StartMs, Math.Min(firstMs, _judged.FromMs));
        Interval range = new(Math.Min(fromMs, _range.EndMs), _range.EndMs);
        _stored.Add(family, _read(family, range, cancellationToken).GetAsyncEnumerator(cancellationToken));
        return await NextAsync(family).ConfigureAwait(false);
    }

    private async Task<IAsyncEnumerator<WindowResult>?> NextAsync(string family)
    {
        if (await _stored[family].MoveNextAsync().ConfigureAwait(false))
        {
            return _stored[family];
        }

        _ended.Add(family);
        return null;
    }

    private void JudgeSurplus(WindowResult stored)
    {
        Interval window = new(stored.StartMs, stored.EndMs);

        // A window stays, with nothing in it, when the sessions that ended in it went on after the end of a source.
        bool isEmptied = stored is { TotalEvents: 0, Sessions: { Started: 0, Ended: 0 } };
        if (!isEmptied && _judged.Judges(stored.Window, window))
        {
            Difference surplus = new(stored.Window, window, Difference.WholeWindow, ContentComparer.Summary(stored), Difference.Missing);
            Judge(window, [surplus], stored.Window);
        }
    }

    private void JudgeMissing(WindowResult recounted, Interval window)
    {
        if (MayForget(window))
        {
            Forgotten++;
            return;
        }

        Difference missing = new(recounted.Window, window, Difference.WholeWindow, Difference.Missing, ContentComparer.Summary(recounted));
        Judge(window, [missing], recounted.Window);
    }

    private void Judge(Interval window, IReadOnlyList<Difference> differences, string family)
    {
        if (!_judged.Judges(family, window))
        {
            NotJudged++;
            return;
        }

        _compared[family] = _compared.GetValueOrDefault(family) + 1;
        DifferentWindows += differences.Count > 0 ? 1 : 0;
        DifferenceCount += differences.Count;
        _differences.AddRange(differences.Take(MaxDifferences - _differences.Count));
    }
}
