using Tidemark.Core.Metrics;
using Tidemark.Core.Windows;

namespace Tidemark.Core.Results;

/// <summary>
/// Merges the panes of open windows again and again as the windows grow. What is closed of a window is merged once and kept, so that a
/// further look costs what is pending and not all that the
/// window holds. Not thread-safe.
/// </summary>
public sealed class LiveMerger
{
    private readonly EngineOptions _options;
    private readonly Accumulator _scratch;
    private Dictionary<(WindowDefinition, Interval), ClosedPart> _closed = [];

    /// <summary>A merger for the live publications of one engine.</summary>
    /// <param name="options">The options of the engine.</param>
    public LiveMerger(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _scratch = new Accumulator(options.Limits);
    }

    /// <summary>
    /// The results of all windows that are open now, without sketches; they share nothing with the merger. Windows that are not among them
    /// any more are forgotten.
    /// </summary>
    public IReadOnlyList<WindowResult> Merge(IReadOnlyList<Publication> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        Dictionary<(WindowDefinition, Interval), ClosedPart> closed = new(open.Count);
        List<WindowResult> results = new(open.Count);
        foreach (Publication publication in open)
        {
            (WindowDefinition, Interval) window = (publication.Definition, publication.Interval);
            ClosedPart part = _closed.GetValueOrDefault(window) ?? new ClosedPart(_options.Limits);
            closed.Add(window, part);
            long? users = part.MergeInto(_scratch, publication.Parts);
            WindowResult result = WindowResult.From(publication, _scratch, sketch: null, _options.TopPages);
            results.Add(users is null ? result : result with { UniqueUsers = users.Value });
        }

        _closed = closed;
        return results;
    }

    /// <summary>
    /// What is closed of a window, merged. What was pending is copied anew for each look: a part that was seen before is one that was
    /// closed.
    /// </summary>
    private sealed class ClosedPart(AccumulatorLimits limits)
    {
        private readonly Accumulator _counts = new(limits);
        private readonly HashSet<PaneContent> _merged = new(ReferenceEqualityComparer.Instance);
        private HashSet<PaneContent> _seen = new(ReferenceEqualityComparer.Instance);

        /// <summary>Fills an accumulator with everything of the window.</summary>
        /// <returns>How many users that is, who are not in the accumulator then; null when they are.</returns>
        public long? MergeInto(Accumulator target, PaneContent[] parts)
        {
            HashSet<PaneContent> now = new(parts, ReferenceEqualityComparer.Instance);
            if (!_merged.IsSubsetOf(now))
            {
                // Many corrections of a pane have become one.
                _counts.Clear();
                _merged.Clear();
            }

            foreach (PaneContent part in parts.Where(part => _seen.Contains(part) && _merged.Add(part)))
            {
                _counts.Merge(part.Counts);
            }

            _seen = now;
            target.Clear();
            Accumulator[] all = [_counts, .. parts.Where(part => !_merged.Contains(part)).Select(part => part.Counts)];
            foreach (Accumulator counts in all)
            {
                target.MergeAllButUsers(counts);
            }

            if (UserSet.CountUnion([.. all.Select(counts => counts.Users)]) is { } users)
            {
                return users;
            }

            foreach (Accumulator counts in all)
            {
                target.Users.Merge(counts.Users);
            }

            return null;
        }
    }
}
