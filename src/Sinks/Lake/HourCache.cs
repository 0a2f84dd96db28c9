using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// Caches the content of hour files for the few hours that are being written: at most <see cref="MaxHours"/> hours and, beyond the first,
/// at most as many rows as one file may have. A file that another process writes meanwhile is not noticed; a row of a lower revision may
/// then be written beside it, which readers ignore and the next compaction removes.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never used holds nothing to dispose of.
internal sealed class HourCache<TRow>(LakeTable<TRow> table)
#pragma warning restore CA1001
    where TRow : class, ILakeRecord
{
    private const int MaxHours = 64;

    private readonly SemaphoreSlim _lock = new(1);
    private readonly LinkedList<(long Hour, Dictionary<Interval, TRow> Rows)> _hours = new();
    private int _rows;

    /// <summary>The row of a window in its hour's file, or one of the rows with the same revision; null when there is none.</summary>
    public async Task<TRow?> FindAsync(TRow row, long startMs, CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (await RowsAsync(startMs, cancellationToken).ConfigureAwait(false)).GetValueOrDefault(row.Window);
        }
        finally
        {
            _lock.Release();
        }
    }

    /// <summary>Removes an hour, so that its file is read again on next use.</summary>
    /// <remarks>Must not run concurrently with <see cref="FindAsync"/>.</remarks>
    public void Forget(long hour)
    {
        for (var node = _hours.First; node is not null; node = node.Next)
        {
            if (node.Value.Hour == hour)
            {
                _rows -= node.Value.Rows.Count;
                _hours.Remove(node);
                return;
            }
        }
    }

    private async Task<Dictionary<Interval, TRow>> RowsAsync(long startMs, CancellationToken cancellationToken)
    {
        long hour = LakeLayout.HourOf(startMs);
        for (var node = _hours.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Hour == hour)
            {
                _hours.Remove(node);
                _hours.AddLast(node);
                return node.Value.Rows;
            }
        }

        LakeRows<TRow>? file = await table.ReadAsync(LakeLayout.HourFile(table.Path, hour), cancellationToken).ConfigureAwait(false);
        Dictionary<Interval, TRow> rows = [];
        foreach (TRow found in file?.Rows ?? [])
        {
            rows[found.Window] = found;
        }

        _hours.AddLast((hour, rows));
        _rows += rows.Count;
        while (_hours.Count > 1 && (_hours.Count > MaxHours || _rows > table.MaxRows))
        {
            RemoveFirst();
        }

        return rows;
    }

    private void RemoveFirst()
    {
        _rows -= _hours.First!.Value.Rows.Count;
        _hours.RemoveFirst();
    }
}
