using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>Whether a purchase carries an amount.</summary>
public enum AmountState : byte
{
    /// <summary>No amount, or not a purchase.</summary>
    Absent,

    /// <summary>A valid amount, in <see cref="EventRecord.AmountTenThousandths"/>.</summary>
    Valid,

    /// <summary>An amount that is not a plain decimal within the accepted size.</summary>
    Invalid,
}

/// <summary>
/// A reference to the bytes of a key; resolve it with <see cref="EventBatch.Bytes(KeyRef)"/>. The key is already unescaped and cut to
/// <see cref="EventKey.MaxBytes"/>.
/// </summary>
/// <param name="Offset">0 or more: an offset in the batch's text. Negative: <c>~Offset</c> in its scratch buffer.</param>
/// <param name="Length">The length in bytes; -1 when the key is absent.</param>
/// <param name="Hash"><see cref="EventKey.Hash"/> of the bytes.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct KeyRef(int Offset, int Length, uint Hash)
{
    /// <summary>An absent key.</summary>
    public static KeyRef Absent => new(0, -1, 0);

    /// <summary>Whether there is a key. The empty string is a key.</summary>
    public bool IsPresent => Length >= 0;
}

/// <summary>
/// One parsed record. If <see cref="Outcome"/> is not <see cref="RecordOutcome.Counted"/>, only <see cref="LineOffset"/>, <see
/// cref="LineLength"/> and <see cref="Index"/> are set.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct EventRecord
{
    /// <summary>Event time in epoch milliseconds.</summary>
    public long TimestampMs;

    /// <summary>MurmurHash64A of <c>user_id</c>; meaningful when <see cref="HasUser"/>.</summary>
    public ulong UserHash;

    /// <summary>The amount of a purchase in ten-thousandths, at most 18 digits; meaningful when <see cref="Amount"/> is Valid.</summary>
    public long AmountTenThousandths;

    /// <summary>Offset of the record's first byte in the batch's text.</summary>
    public int LineOffset;

    /// <summary>The length of the record in bytes, excluding the line end.</summary>
    public int LineLength;

    /// <summary>
    /// For lines: the number of lines (including blank ones) before this one in the batch's text. For Kafka: the index of the value.
    /// </summary>
    public int Index;

    /// <summary>Where its added keys begin in the batch; see <see cref="EventBatch.AddedKeys"/>.</summary>
    public int Added;

    /// <summary>Whether the record is counted, or why it is rejected.</summary>
    public RecordOutcome Outcome;

    /// <summary>The kind of the event type.</summary>
    public EventKind Kind;

    /// <summary>Whether the record has an amount, and whether it is valid.</summary>
    public AmountState Amount;

    /// <summary>Whether the event has a user.</summary>
    public bool HasUser;

    /// <summary><c>event_type</c>, always present on an accepted record.</summary>
    public KeyRef EventType;

    /// <summary><c>page_url</c>; present on page views only.</summary>
    public KeyRef Page;

    /// <summary><c>geo.country</c></summary>
    public KeyRef Country;

    /// <summary><c>device.type</c></summary>
    public KeyRef Device;
}
