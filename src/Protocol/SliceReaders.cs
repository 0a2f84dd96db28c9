using Tidemark.Core;
using Tidemark.Core.Parsing;

namespace Tidemark.Protocol;

/// <summary>A pool of slice readers for concurrent use.</summary>
/// <param name="options">The options.</param>
public sealed class SliceReaders(EngineOptions options)
{
    private static readonly int MaxKept = Environment.ProcessorCount;

    private readonly Stack<SliceReader> _idle = [];

    /// <summary><see cref="SliceReader.Read"/></summary>
    public PartitionSlice Read(PartitionState cursor, ReadOnlyMemory<KafkaValue> values, long to, IReadOnlyDictionary<long, long> frozen)
    {
        SliceReader reader = Take();
        PartitionSlice slice = reader.Read(cursor, values, to, frozen);
        Keep(reader);
        return slice;
    }

    /// <summary><see cref="SliceReader.RowsFrom"/></summary>
    public byte[]? RowsFrom(PartitionSlice slice, long paneMs, long from)
    {
        SliceReader reader = Take();
        byte[]? rows = reader.RowsFrom(slice, paneMs, from);
        Keep(reader);
        return rows;
    }

    private SliceReader Take()
    {
        lock (_idle)
        {
            return _idle.TryPop(out SliceReader? reader) ? reader : new SliceReader(options);
        }
    }

    private void Keep(SliceReader reader)
    {
        lock (_idle)
        {
            if (_idle.Count < MaxKept)
            {
                _idle.Push(reader);
            }
        }
    }
}
