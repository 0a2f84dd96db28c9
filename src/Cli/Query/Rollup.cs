using System.Runtime.CompilerServices;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>Adds up windows that do not overlap to the hours or days of a zone.</summary>
/// <param name="query">What is asked; its period is given.</param>
/// <param name="reader">Where the windows are.</param>
internal sealed class Rollup(QueryOptions query, IResultReader reader)
{
    private readonly LocalPeriod _period = query.By!.Value;

    private string PeriodName => _period == LocalPeriod.Day ? "day" : "hour";

    /// <summary>What to say when windows overlap and their sums are asked for.</summary>
    public static SinkException Overlapping(string option, string window) =>
        new($"{option}: expected windows that do not overlap, got {window}: it would count events several times. Use another --window, such as 1min");

    /// <summary>The periods that hold windows of the range, by time: all, or the last ones.</summary>
    /// <exception cref="SinkException">The windows overlap, or do not fit into the periods of the zone.</exception>
    public async IAsyncEnumerable<WindowResult> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interval range = await RangeAsync(cancellationToken).ConfigureAwait(false);
        Sum? sum = null;
        await foreach (WindowResult window in reader.ReadAsync(query.Window, range, cancellationToken).ConfigureAwait(false))
        {
            Interval period = query.Clock.PeriodOf(window.StartMs, _period);
            RequireFit(window, period, sum);
            if (sum is not null && sum.Period != period)
            {
                yield return await FinishAsync(sum, range, cancellationToken).ConfigureAwait(false);
                sum = null;
            }

            sum ??= new Sum(period, PeriodName);
            sum.Add(window);
        }

        if (sum is not null)
        {
            yield return await FinishAsync(sum, range, cancellationToken).ConfigureAwait(false);
        }
    }

    private void RequireFit(WindowResult window, Interval period, Sum? sum)
    {
        if (sum is not null && window.StartMs < sum.EndMs)
        {
            throw Overlapping("--by", window.Window);
        }

        if (window.EndMs > period.EndMs)
        {
            throw new SinkException($"--by: expected windows within the {PeriodName}s of {query.Clock.Name}, got {window.Window}, "
                + "which reach over their ends. Use another --window, such as 1min");
        }
    }

    /// <summary>The range, cut to the last periods that are asked for.</summary>
    private async Task<Interval> RangeAsync(CancellationToken cancellationToken)
    {
        if (query.Last is not { } count
            || await reader.ReadLastAsync(query.Window, query.Range, 1, cancellationToken).ConfigureAwait(false) is not [var last])
        {
            return query.Range;
        }

        long start = query.Clock.PeriodOf(last.StartMs, _period).StartMs;
        for (int i = 1; i < count && start > query.Range.StartMs && start > 0; i++)
        {
            start = query.Clock.PeriodOf(start - 1, _period).StartMs;
        }

        return new Interval(Math.Max(start, query.Range.StartMs), query.Range.EndMs);
    }

    private async Task<WindowResult> FinishAsync(Sum sum, Interval range, CancellationToken cancellationToken)
    {
        Interval counted = new(Math.Max(sum.Period.StartMs, range.StartMs), Math.Min(sum.Period.EndMs, range.EndMs));
        return sum.Result(await reader.CountUsersAsync(query.Window, counted, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The sum of a period so far.</summary>
    private sealed class Sum(Interval period, string name)
    {
        private readonly Dictionary<string, (MapColumn Column, KeyTotals Totals)> _maps = []; // by name: two results have not the same columns
        private readonly CurrencyTotals _revenue = new();
        private WindowResult _sum = WindowResult.Blank with { Window = name, StartMs = period.StartMs, EndMs = period.EndMs };

        public Interval Period { get; } = period;

        /// <summary>Where the last window ended.</summary>
        public long EndMs { get; private set; } = period.StartMs;

        public void Add(WindowResult window)
        {
            EndMs = window.EndMs;
            _sum = _sum with
            {
                Phase = window.Phase == Phase.Corrected ? Phase.Corrected : _sum.Phase,
                Revision = _sum.Revision + window.Revision,
                WatermarkMs = window.WatermarkMs,
                RevenueOverflow = _sum.RevenueOverflow || window.RevenueOverflow,
            };
            _revenue.Add(window);
            foreach (ResultColumn column in ResultColumns.Of(window))
            {
                Add(column, window);
            }
        }

        public WindowResult Result(UserCount users)
        {
            WindowResult result = _sum with { UniqueUsers = users.Users, UniqueUsersExact = users.IsExact };
            foreach ((MapColumn column, KeyTotals totals) in _maps.Values)
            {
                result = column.With(result, totals.Top(int.MaxValue));
            }

            foreach (AmountColumn amount in ResultColumns.All.OfType<AmountColumn>().Where(_revenue.Hides))
            {
                result = amount.With(result, null);
            }

            return result with { RevenueByCurrency = _revenue.ByCurrency };
        }

        private void Add(ResultColumn column, WindowResult window)
        {
            switch (column)
            {
                case CountColumn { IsAdditive: true } count:
                    _sum = count.With(_sum, count.Get(_sum) + count.Get(window));
                    break;
                case AmountColumn { IsAdditive: true } amount:
                    _sum = amount.With(_sum, (amount.Get(_sum) ?? 0) + (amount.Get(window) ?? 0));
                    break;
                case MapColumn map:
                    if (!_maps.TryGetValue(map.Name, out (MapColumn Column, KeyTotals Totals) known))
                    {
                        _maps.Add(map.Name, known = (map, new KeyTotals()));
                    }

                    known.Totals.Add(map.Get(window));
                    break;
                default:
                    break;
            }
        }
    }
}
