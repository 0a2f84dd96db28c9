using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>
/// Reads slices: parses, classifies and counts a chunk of values at a time, so that the memory it takes depends on the panes that the values touch and not on how many
/// values there are or how long they are. That memory is kept and used again. Not thread-safe.
/// </summary>
public sealed class SliceReader(EngineOptions options)
{
    private const int MaxSpareRows = 8;
    private const int MaxSpareBytes = 512 << 10;

    private readonly ValueParser _parser = new();
    private readonly Stack<Accumulator> _spareRows = [];
    private readonly SliceClassifier _classifier = new(options);
    private readonly AccumulatorLimits _limits = options.Limits;
    private readonly long _maxFutureSkewMs = (long)options.MaxFutureSkew.TotalMilliseconds;

    /// <summary>Classifies and counts the records from the cursor's next on.</summary>
    /// <param name="cursor">An open cursor.</param>
    /// <param name="values">Records in offset order, all of those that the log holds from the cursor's next to <paramref name="to"/>, and no others. Not to be changed as long as the slice is used.</param>
    /// <param name="to">The last offset that is known, a record's or not.</param>
    /// <param name="frozen">For each pane whose shard is closed the shard's next: rows from there on are late. Not to be changed as long as the slice is used.</param>
    public PartitionSlice Read(PartitionState cursor, ReadOnlyMemory<KafkaValue> values, long to, IReadOnlyDictionary<long, long> frozen)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        ArgumentNullException.ThrowIfNull(frozen);
        SliceSource source = new(cursor, values, frozen);
        try
        {
            _classifier.Begin(source);
            int taken = Walk(values.Span, null, long.MinValue);
            long last = taken < values.Length ? values.Span[taken].Offset - 1 : to;
            return new PartitionSlice(source with { Values = values[..taken] }, last, EncodedPanes(), _classifier);
        }
        finally
        {
            Release();
        }
    }

    /// <summary>The counted rows of a pane of a slice from an offset on, encoded; null when there are none.</summary>
    /// <param name="slice">The slice, which is read again.</param>
    /// <param name="paneMs">Start of the pane.</param>
    /// <param name="from">The first offset.</param>
    public byte[]? RowsFrom(PartitionSlice slice, long paneMs, long from)
    {
        ArgumentNullException.ThrowIfNull(slice);
        try
        {
            _classifier.Begin(slice.Source);
            Walk(slice.Source.Values.Span, paneMs, from);
            return _classifier.Panes.FirstOrDefault(pane => pane.StartMs == paneMs)?.Rows is { } rows ? Encode(rows) : null;
        }
        finally
        {
            Release();
        }
    }

    private static byte[] Encode(Accumulator rows) => AccumulatorCodec.EncodeWithin(rows, StateFrame.MaxContentBytes);

    private SlicePane[] EncodedPanes()
    {
        SlicePane[] panes = new SlicePane[_classifier.Panes.Count];
        for (int i = 0; i < panes.Length; i++)
        {
            PaneRows pane = _classifier.Panes[i];
            panes[i] = new SlicePane(pane.StartMs, pane.LastRow, Encode(pane.Rows!));
        }

        Array.Sort(panes, static (a, b) => a.PaneMs.CompareTo(b.PaneMs));
        return panes;
    }

    /// <summary>Takes records as long as they fit, and counts those that are wanted.</summary>
    /// <param name="values">The values.</param>
    /// <param name="onlyPaneMs">The one pane whose rows are wanted; null for all.</param>
    /// <param name="from">The first offset whose row is wanted.</param>
    /// <returns>How many values were taken.</returns>
    private int Walk(ReadOnlySpan<KafkaValue> values, long? onlyPaneMs, long from)
    {
        for (int first = 0; first < values.Length;)
        {
            int count = _parser.ParseChunk(values[first..], _maxFutureSkewMs);
            ReadOnlySpan<EventRecord> records = _parser.Batch.Records;
            PaneRows? pane = null;
            int start = 0;
            for (int i = 0; i < records.Length; i++)
            {
                ref readonly EventRecord record = ref records[i];
                long offset = values[first + record.Index].Offset;
                if (!_classifier.TryTake(in record, offset, out PaneRows? next))
                {
                    Add(pane, records[start..i]);
                    return first + record.Index;
                }

                next = offset >= from && (onlyPaneMs is null || next?.StartMs == onlyPaneMs) ? next : null;
                if (next != pane)
                {
                    // Rows of a pane that lie next to one another are added together.
                    Add(pane, records[start..i]);
                    (pane, start) = (next, i);
                }
            }

            Add(pane, records[start..]);
            first += count;
        }

        return values.Length;
    }

    private void Add(PaneRows? pane, ReadOnlySpan<EventRecord> records)
    {
        if (pane is not null)
        {
            pane.Rows ??= _spareRows.TryPop(out Accumulator? spare) ? spare : new Accumulator(_limits);
            pane.Rows.AddRange(records, _parser.Batch);
        }
    }

    /// <summary>Keeps the memory of the slice, that of the pane which came first, and will again, on top.</summary>
    private void Release()
    {
        for (int i = _classifier.Panes.Count - 1; i >= 0; i--)
        {
            if (_classifier.Panes[i].Rows is { } rows && _spareRows.Count < MaxSpareRows && rows.KeptBytes <= MaxSpareBytes)
            {
                rows.Clear();
                _spareRows.Push(rows);
            }
        }

        _classifier.End();
        _parser.Clear();
    }
}
