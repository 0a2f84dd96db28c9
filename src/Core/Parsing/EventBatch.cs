namespace Tidemark.Core.Parsing;

/// <summary>
/// The records of one block of text, in order, and the buffers that their keys refer to. Reused from block to block: once it has held the
/// largest block it allocates no more. Not thread-safe.
/// </summary>
public sealed class EventBatch
{
    private EventRecord[] _records = new EventRecord[256];
    private byte[] _scratch = new byte[1024];
    private int _scratchUsed;
    private KeyRef[] _added = [];
    private int _addedUsed;
    private int _addedPerRecord;

    /// <summary>The parsed text: the buffer passed by the caller, valid until the next parse into this batch.</summary>
    public ReadOnlyMemory<byte> Text { get; private set; }

    /// <summary>The number of records.</summary>
    public int Count { get; private set; }

    /// <summary>The number of lines in the text, including blank ones; for Kafka the number of values.</summary>
    public int Lines { get; set; }

    /// <summary>
    /// Whether NUL bytes at the start of a line are padding: those of files may be, from <see cref="EventParser.MinPaddingBytes"/> on. A value
    /// of Kafka has no padding.
    /// </summary>
    public bool SkipsPadding { get; init; }

    /// <summary>The number of NUL bytes that were skipped as padding.</summary>
    public int PaddingBytes { get; set; }

    /// <summary>The records, in the order of the text.</summary>
    public ReadOnlySpan<EventRecord> Records => _records.AsSpan(0, Count);

    /// <summary>The records, for in-place changes by this assembly.</summary>
    internal Span<EventRecord> Editable => _records.AsSpan(0, Count);

    /// <summary>Clears the batch and sets its text.</summary>
    public void Reset(ReadOnlyMemory<byte> text)
    {
        Text = text;
        Count = 0;
        Lines = 0;
        PaddingBytes = 0;
        _scratchUsed = 0;
        _addedUsed = 0;
        _addedPerRecord = 0;
    }

    /// <summary>Says that the text is now in another buffer, byte for byte; the records stay.</summary>
    public void MoveTo(ReadOnlyMemory<byte> text) => Text = text;

    /// <summary>Adds a cleared record and returns it for filling in.</summary>
    public ref EventRecord Add()
    {
        if (Count == _records.Length)
        {
            Array.Resize(ref _records, Count * 2);
        }

        ref EventRecord record = ref _records[Count++];
        record = default;
        return ref record;
    }

    /// <summary>The bytes of a key; empty when it is absent.</summary>
    public ReadOnlySpan<byte> Bytes(KeyRef key)
    {
        if (key.Length <= 0)
        {
            return default;
        }

        return key.Offset >= 0 ? Text.Span.Slice(key.Offset, key.Length) : _scratch.AsSpan(~key.Offset, key.Length);
    }

    /// <summary>
    /// The keys of an accepted record that the configuration adds: of each breakdown in <see cref="InputOptions.Breakdowns"/>; with
    /// <see cref="InputOptions.Sessions"/> the user, the page and the referrer; then the currency when one is mapped.
    /// Empty when the configuration adds none.
    /// </summary>
    public ReadOnlySpan<KeyRef> AddedKeys(in EventRecord record) => _added.AsSpan(record.Added, _addedPerRecord);

    /// <summary>The record's own bytes, line end not included.</summary>
    public ReadOnlySpan<byte> Line(in EventRecord record) => Text.Span.Slice(record.LineOffset, record.LineLength);

    /// <summary>Makes room for the added keys of one record.</summary>
    /// <param name="count">Their number, the same for every record of the batch.</param>
    /// <param name="at">What to store in <see cref="EventRecord.Added"/>.</param>
    internal Span<KeyRef> ReserveAdded(int count, out int at)
    {
        if (_added.Length - _addedUsed < count)
        {
            Array.Resize(ref _added, Math.Max(_added.Length * 2, _addedUsed + (64 * count)));
        }

        at = _addedUsed;
        _addedUsed += count;
        _addedPerRecord = count;
        return _added.AsSpan(at, count);
    }

    /// <summary>Reserves scratch bytes. Commit them with <see cref="CommitScratch"/> before the next reservation.</summary>
    internal Span<byte> ReserveScratch(int bytes)
    {
        if (_scratch.Length - _scratchUsed < bytes)
        {
            Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, _scratchUsed + bytes));
        }

        return _scratch.AsSpan(_scratchUsed);
    }

    /// <summary>Commits the first bytes of the last reservation and returns the offset to store in a <see cref="KeyRef"/>.</summary>
    internal int CommitScratch(int bytes)
    {
        int offset = ~_scratchUsed;
        _scratchUsed += bytes;
        return offset;
    }
}
