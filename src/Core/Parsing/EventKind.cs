using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// The event types that metrics distinguish without comparing text. The values are part of stored state
/// (<see cref="Metrics.AccumulatorCodec"/>): they never change, and a new kind takes the next one.
/// </summary>
public enum EventKind : byte
{
    /// <summary>Any other type, counted by its text alone.</summary>
    Other = 0,

    /// <summary><c>page_view</c></summary>
    PageView = 1,

    /// <summary><c>click</c></summary>
    Click = 2,

    /// <summary><c>purchase</c></summary>
    Purchase = 3,

    /// <summary><c>add_to_cart</c></summary>
    AddToCart = 4,

    /// <summary><c>search</c></summary>
    Search = 5,
}

/// <summary>The event types of the kinds, and the lookup of a kind by type.</summary>
public static class EventKinds
{
    /// <summary>The maximum number of kinds, including <see cref="EventKind.Other"/>.</summary>
    public const int Capacity = 16;

    /// <summary>The maximum length in bytes of an event type that has a kind.</summary>
    public const int MaxTypeBytes = 16;

    // The table is larger than needed, so that a collision-free factor is found quickly.
    private const int SlotBits = 6;

    private static readonly string?[] Types = TypesByKind();
    private static readonly ulong Factor = FindFactor();
    private static readonly Slot[] Slots = MakeSlots();

    /// <summary>Every kind but <see cref="EventKind.Other"/>.</summary>
    public static IReadOnlyList<EventKind> Named { get; } = [.. Enum.GetValues<EventKind>().Where(static kind => kind != EventKind.Other)];

    /// <summary>The <c>event_type</c> of a kind.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The kind has no single event type.</exception>
    public static string TypeName(this EventKind kind) =>
        (int)kind < Capacity && Types[(int)kind] is { } type
            ? type
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "The kind has no single event type.");

    /// <summary>The kind of an event type.</summary>
    internal static EventKind Of(ReadOnlySpan<byte> type)
    {
        if (type.Length > MaxTypeBytes)
        {
            return EventKind.Other;
        }

        Span<byte> padded = stackalloc byte[MaxTypeBytes];
        padded.Clear();
        type.CopyTo(padded);
        return Of(ref MemoryMarshal.GetReference(padded), type.Length);
    }

    /// <summary>
    /// The same for a text that is followed by 16 readable bytes, without a branch, since types arrive in no predictable order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static EventKind Of(ref byte type, int length)
    {
        int shown = Math.Min(length, MaxTypeBytes);
        ulong low = PaddedBytes.Word(ref type, shown);
        ulong high = PaddedBytes.UpperWord(ref type, shown);
        ref readonly Slot slot = ref Slots[SlotOf(low, high, Factor)];
        bool isSame = (slot.Low == low) & (slot.High == high) & (slot.Length == length);
        return isSame ? slot.Kind : EventKind.Other;
    }

    private static string?[] TypesByKind()
    {
        string?[] types = new string?[Capacity];
        types[(int)EventKind.PageView] = "page_view";
        types[(int)EventKind.Click] = "click";
        types[(int)EventKind.Purchase] = "purchase";
        types[(int)EventKind.AddToCart] = "add_to_cart";
        types[(int)EventKind.Search] = "search";
        return types;
    }

    private static int SlotOf(ulong low, ulong high, ulong factor) => unchecked((int)(((low ^ (high * 31)) * factor) >> (64 - SlotBits)));

    private static ulong FindFactor()
    {
        string[] types = [.. Types.OfType<string>()];
        for (ulong factor = 1; factor < 10_000; factor++)
        {
            ulong odd = unchecked(factor * 0x9E37_79B9_7F4A_7C15) | 1;
            if (types.Select(SlotFor).Select(slot => SlotOf(slot.Low, slot.High, odd)).Distinct().Count() == types.Length)
            {
                return odd;
            }
        }

        throw new InvalidOperationException("Two kinds of events have the same event type.");
    }

    private static Slot[] MakeSlots()
    {
        Slot[] slots = new Slot[1 << SlotBits];
        Array.Fill(slots, new Slot(0, 0, -1, EventKind.Other));
        for (int kind = 0; kind < Capacity; kind++)
        {
            if (Types[kind] is { } type)
            {
                Slot slot = SlotFor(type) with { Kind = (EventKind)kind };
                slots[SlotOf(slot.Low, slot.High, Factor)] = slot;
            }
        }

        return slots;
    }

    private static Slot SlotFor(string type)
    {
        byte[] padded = new byte[MaxTypeBytes];
        int length = System.Text.Encoding.UTF8.GetBytes(type, padded);
        return new Slot(MemoryMarshal.Read<ulong>(padded), MemoryMarshal.Read<ulong>(padded.AsSpan(8)), length, EventKind.Other);
    }

    /// <summary>An event type as two words and a length.</summary>
    private readonly record struct Slot(ulong Low, ulong High, int Length, EventKind Kind);
}
