using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>
/// Reads slices: parses, classifies and counts values in chunks, so that its memory depends on the number of panes and not on the number or
/// length of the values. The memory is reused. Not thread-safe.
/// </summary>
public sealed class SliceReader(EngineOptions options)
{
    private const int MaxSpareRows = 8;
    private const int MaxSpareBytes = 512 << 10;

    private readonly ValueParser _parser = new(RecordSchema.Create(options.Input));
    private readonly Stack<Accumulator> _spareRows = [];
    private readonly SliceClassifier _classifier = new(options);
    private readonly AccumulatorLimits _limits = options.Limits;
    private readonly long _maxFutureSkewMs = (long)options.MaxFutureSkew.TotalMilliseconds;

    /// <summary>Classifies and counts the records from the cursor's next offset on.</summary>
    /// <param name="cursor">An open cursor.</param>
    /// <param name="values">
    /// All records that the log holds from the cursor's next offset to <paramref name="to"/>, in offset order. Must not be changed while
    /// the slice is used.
    /// </param>
    /// <param name="to">The last offset covered, whether or not a record is there.</param>
    /// <param name="frozen">
    /// The next offset of each closed shard by pane: rows from there on are late. Must not be changed while the slice is used.
    /// </param>
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

    /// <summary>The encoded rows of one pane of a slice, from an offset on; null when there are none.</summary>
    /// <param name="slice">The slice, which is read again.</param>
    /// <param name="paneMs">The start of the pane, epoch milliseconds.</param>
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

    /// <summary>Takes records while they fit, and counts those requested.</summary>
    /// <param name="values">The values.</param>
    /// <param name="onlyPaneMs">The only pane to count rows for; null for all.</param>
    /// <param name="from">The first offset to count rows from.</param>
    /// <returns>The number of values taken.</returns>
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
                    // Consecutive rows of the same pane are added together.
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

    /// <summary>Returns the memory of the slice for reuse. The pane that came first, and will again, is on top.</summary>
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
