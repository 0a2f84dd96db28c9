using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tidemark.Core.Metrics;

namespace Tidemark.Core.Parsing;

/// <summary>Converts the used values of a well-formed record into an <see cref="EventRecord"/>.</summary>
internal sealed class RecordReader(RecordSchema schema)
{
    private readonly RecordMapper _mapper = new(schema);
    private readonly Field[] _added = schema.Added;
    private TimestampReader _timestamps = new(schema);

    /// <summary>Fills in the record, or the reason why it is rejected.</summary>
    public void Read(ref byte text, ref RecordFields fields, long latestMs, EventBatch batch, ref EventRecord record)
    {
        unchecked
        {
            if (_mapper.HasPlaces)
            {
                _mapper.Place(ref text, ref fields);
            }

            ulong range = fields.Ranges[(int)Field.Timestamp];
            bool isText = range != 0 && Unsafe.Add(ref text, (int)range - 1) == '"';
            if (!isText || (fields.Escaped & (1u << (int)Field.Timestamp)) != 0)
            {
                RecordOutcome outcome = ReadOddTimestamp(ref text, range, isText, batch, out record.TimestampMs);
                if (outcome != RecordOutcome.Counted)
                {
                    record.Outcome = outcome;
                    return;
                }
            }
            else if (!_timestamps.TryRead(ref Unsafe.Add(ref text, (int)range), (int)(range >> 32) - (int)range, out record.TimestampMs))
            {
                record.Outcome = RecordOutcome.BadTimestamp;
                return;
            }

            ReadKey(ref text, ref fields, Field.EventType, batch, ref record.EventType);
            if (_mapper.HasChanges)
            {
                _mapper.Change(ref text, ref fields, Field.EventType, batch, ref record.EventType);
            }

            if (!record.EventType.IsPresent)
            {
                record.Outcome = RecordOutcome.MissingEventType;
                return;
            }

            if (record.TimestampMs > latestMs)
            {
                record.Outcome = RecordOutcome.FutureTimestamp;
                return;
            }

            int type = record.EventType.Offset;
            record.Kind = type >= 0 ? EventKinds.Of(ref Unsafe.Add(ref text, type), record.EventType.Length) : OddKind(batch, ref record.EventType);
            ReadKey(ref text, ref fields, Field.Country, batch, ref record.Country);
            ReadKey(ref text, ref fields, Field.Device, batch, ref record.Device);
            ReadUser(ref text, ref fields, batch, ref record);
            if (record.Kind == EventKind.PageView)
            {
                ReadKey(ref text, ref fields, Field.Page, batch, ref record.Page);
            }
            else if (record.Kind == EventKind.Purchase)
            {
                ReadAmount(ref text, ref fields, batch, ref record);
            }

            if (_mapper.HasChanges)
            {
                ChangeKeys(ref text, ref fields, batch, ref record);
            }

            if (_added.Length > 0)
            {
                ReadAdded(ref text, ref fields, batch, ref record);
            }
        }
    }

    /// <summary>Reads the keys that the configuration adds. Only an amount has a currency.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadAdded(ref byte text, ref RecordFields fields, EventBatch batch, ref EventRecord record)
    {
        Span<KeyRef> keys = batch.ReserveAdded(_added.Length, out record.Added);
        for (int i = 0; i < keys.Length; i++)
        {
            Field field = _added[i];
            if (field == Field.Currency && record.Amount != AmountState.Valid)
            {
                keys[i] = KeyRef.Absent;
                continue;
            }

            ReadKey(ref text, ref fields, field, batch, ref keys[i]);
            if (_mapper.HasChanges)
            {
                _mapper.Change(ref text, ref fields, field, batch, ref keys[i]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChangeKeys(ref byte text, ref RecordFields fields, EventBatch batch, ref EventRecord record)
    {
        _mapper.Change(ref text, ref fields, Field.Country, batch, ref record.Country);
        _mapper.Change(ref text, ref fields, Field.Device, batch, ref record.Device);
        if (record.Kind == EventKind.PageView)
        {
            _mapper.Change(ref text, ref fields, Field.Page, batch, ref record.Page);
        }
    }

    /// <summary>Clears everything in a rejected record but the reason and its position.</summary>
    public static void Reject(ref EventRecord record)
    {
        record.TimestampMs = 0;
        record.Added = 0;
        record.EventType = record.Page = record.Country = record.Device = KeyRef.Absent;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private RecordOutcome ReadOddTimestamp(ref byte text, ulong range, bool isText, EventBatch batch, out long ms)
    {
        ms = 0;
        if (!IsValue(ref text, range))
        {
            return RecordOutcome.MissingTimestamp;
        }

        ReadOnlySpan<byte> raw = Span(ref text, range);
        bool good = isText ? _timestamps.TryRead(Unescape(raw, batch), out ms) : EpochNumber.TryParse(raw, schema.TimestampUnit, out ms);
        return good ? RecordOutcome.Counted : RecordOutcome.BadTimestamp;
    }

    private static void ReadUser(ref byte text, ref RecordFields fields, EventBatch batch, ref EventRecord record)
    {
        ulong range = fields.Ranges[(int)Field.User];
        if (!IsValue(ref text, range) || IsEmpty(range))
        {
            return;
        }

        record.HasUser = true;
        record.UserHash = (fields.Escaped & (1u << (int)Field.User)) != 0
            ? OddUser(ref text, range, batch)
            : unchecked(MurmurHash64A.HashPadded(ref Unsafe.Add(ref text, (int)range), (int)(range >> 32) - (int)range));
    }

    // Rare cases are out of line, since their spans would otherwise have to be cleared for every record.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong OddUser(ref byte text, ulong range, EventBatch batch) => MurmurHash64A.Hash(Unescape(Span(ref text, range), batch));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EventKind OddKind(EventBatch batch, ref KeyRef type) => EventKinds.Of(batch.Bytes(type));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadAmount(ref byte text, ref RecordFields fields, EventBatch batch, ref EventRecord record)
    {
        ulong range = fields.Ranges[(int)Field.Amount];
        if (!IsValue(ref text, range))
        {
            return;
        }

        ReadOnlySpan<byte> amount = Span(ref text, range);
        if ((fields.Escaped & (1u << (int)Field.Amount)) != 0)
        {
            amount = Unescape(amount, batch);
        }

        record.Amount = Amounts.TryParse(amount, out record.AmountTenThousandths) ? AmountState.Valid : AmountState.Invalid;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadKey(ref byte text, ref RecordFields fields, Field field, EventBatch batch, ref KeyRef key)
    {
        unchecked
        {
            ulong range = fields.Ranges[(int)field];
            if (!IsValue(ref text, range))
            {
                key = KeyRef.Absent;
                return;
            }

            int start = (int)range;
            int length = (int)(range >> 32) - start;
            bool escaped = (fields.Escaped & (1u << (int)field)) != 0;
            key = length > EventKey.MaxBytes || escaped
                ? OddKey(ref text, range, escaped, batch)
                : new KeyRef(start, length, EventKey.HashPadded(ref Unsafe.Add(ref text, start), length));
        }
    }

    /// <summary>A key that is stored in another form than in the text: unescaped, shortened or both.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static KeyRef OddKey(ref byte text, ulong range, bool escaped, EventBatch batch)
    {
        ReadOnlySpan<byte> key = Span(ref text, range);
        if (escaped)
        {
            key = Unescape(key, batch);
            if (key.Length <= EventKey.MaxBytes)
            {
                return new KeyRef(batch.CommitScratch(key.Length), key.Length, EventKey.Hash(key));
            }
        }

        Span<byte> kept = stackalloc byte[EventKey.MaxStoredBytes];
        kept = kept[..EventKey.Shorten(key, kept)];
        kept.CopyTo(batch.ReserveScratch(kept.Length));
        return new KeyRef(batch.CommitScratch(kept.Length), kept.Length, EventKey.Hash(kept));
    }

    /// <summary>Whether a range is a string or a number. A literal counts as absent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsValue(ref byte text, ulong range) =>
        range != 0 && unchecked(Unsafe.Add(ref text, (int)range - 1) == '"'
            || Unsafe.Add(ref text, (int)range) is not ((byte)'t' or (byte)'f' or (byte)'n'));

    /// <summary>Whether a range holds no byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsEmpty(ulong range) => unchecked((uint)range == (uint)(range >> 32));

    /// <summary>The unescaped text, valid until the next use of the batch's scratch buffer.</summary>
    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw, EventBatch batch)
    {
        Span<byte> scratch = batch.ReserveScratch(raw.Length);
        return scratch[..JsonText.Unescape(raw, scratch)];
    }

    internal static ReadOnlySpan<byte> Span(ref byte text, ulong range) =>
        unchecked(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref text, (int)range), (int)(range >> 32) - (int)range));
}
