using System.Buffers;

namespace Tidemark.Cli.Generate;

/// <summary>
/// Makes the clickstream of a web shop as NDJSON, line by line in the order of arrival. Disorder comes from event times, not from a
/// reorder buffer: an event's time is its arrival minus how long it was under way. Allocates nothing per line. Not thread-safe.
/// </summary>
public sealed class EventGenerator
{
    /// <summary>No line is longer, LF included.</summary>
    public const int MaxLineBytes = 2048;

    // Few enough that a repeated event is never late by itself, even at one event per second: see RememberOneIn.
    private const int RecentLines = 16;
    private const uint RememberOneIn = 4;

    private readonly GeneratorOptions _options;
    private readonly EventClock _clock;
    private readonly EventLine _lines;
    private readonly long _startMs;
    private readonly ulong _badBelow;
    private readonly ulong _duplicateBelow;
    private readonly ulong _lateBelow;

    private readonly byte[] _recent = new byte[RecentLines * MaxLineBytes];
    private readonly int[] _recentLengths = new int[RecentLines];
    private readonly long[] _recentTimes = new long[RecentLines];
    private uint _remembered;

    private Xoshiro256 _random;

    /// <summary>Starts a stream.</summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message has every mistake.</exception>
    public EventGenerator(GeneratorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } mistakes)
        {
            throw new ArgumentException(string.Join("; ", mistakes), nameof(options));
        }

        _options = options;
        _random = new Xoshiro256(options.Seed);
        _clock = new EventClock(options.Seed, options.EventsPerSecond);
        _lines = new EventLine(options, ref _random);
        _startMs = options.Start.ToUnixTimeMilliseconds();
        _badBelow = Share(options.BadPercent);
        _duplicateBelow = Share(options.BadPercent + options.DuplicatePercent);
        _lateBelow = Share(options.BadPercent + options.DuplicatePercent + options.LatePercent);
        NextArrivalMs = LastEventTimeMs = EarliestEventTimeMs = LatestEventTimeMs = _startMs;
    }

    /// <summary>Lines written so far.</summary>
    public long Written { get; private set; }

    /// <summary>
    /// When the next line arrives, in epoch milliseconds of event time: pace on this. Never falls. After the last line it stays as it was.
    /// </summary>
    public long NextArrivalMs { get; private set; }

    /// <summary>Event time of the last line written, in epoch milliseconds; of a bad line, when it arrived.</summary>
    public long LastEventTimeMs { get; private set; }

    /// <summary>Least <see cref="LastEventTimeMs"/> so far.</summary>
    public long EarliestEventTimeMs { get; private set; }

    /// <summary>Greatest <see cref="LastEventTimeMs"/> so far.</summary>
    public long LatestEventTimeMs { get; private set; }

    /// <summary>Writes one line, LF included.</summary>
    /// <returns>False when all lines have been written.</returns>
    public bool WriteNext(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Written == _options.Events)
        {
            return false;
        }

        bool more = TryWriteNext(output.GetSpan(MaxLineBytes), out int bytes);
        output.Advance(bytes);
        return more;
    }

    /// <summary>Writes one line, LF included.</summary>
    /// <param name="destination">At least <see cref="MaxLineBytes"/> bytes. What follows the line in it may be overwritten.</param>
    /// <param name="bytes">Bytes of the line.</param>
    /// <returns>False when all lines have been written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public bool TryWriteNext(Span<byte> destination, out int bytes)
    {
        if (destination.Length < MaxLineBytes)
        {
            throw new ArgumentException($"A line needs room for {MaxLineBytes} bytes.", nameof(destination));
        }

        bytes = 0;
        if (Written == _options.Events)
        {
            return false;
        }

        ulong draw = _random.Next();
        uint kind = (uint)draw;
        if (kind >= _badBelow && kind < _duplicateBelow && _remembered > 0)
        {
            bytes = Repeat(destination, draw >> 32);
        }
        else
        {
            var line = new LineWriter(destination);
            Compose(ref line, kind, (uint)(draw >> 32));
            line.Append((byte)'\n');
            bytes = line.Length;
        }

        EarliestEventTimeMs = Math.Min(EarliestEventTimeMs, LastEventTimeMs);
        LatestEventTimeMs = Math.Max(LatestEventTimeMs, LastEventTimeMs);
        if (++Written < _options.Events)
        {
            NextArrivalMs = _startMs + _clock.OffsetMs(Written);
        }

        return true;
    }

    private void Compose(ref LineWriter line, uint kind, uint choice)
    {
        if (kind < _badBelow)
        {
            LastEventTimeMs = NextArrivalMs;
            int typeBytes = _lines.Write(ref line, NextArrivalMs, choice, ref _random);
            BadLines.Spoil(ref line, typeBytes, NextArrivalMs, _lines.Time, ref _random);
        }
        else if (kind >= _duplicateBelow && kind < _lateBelow)
        {
            LastEventTimeMs = NextArrivalMs - Lateness();
            _lines.Write(ref line, LastEventTimeMs, choice, ref _random);
        }
        else
        {
            LastEventTimeMs = NextArrivalMs - Delay();
            _lines.Write(ref line, LastEventTimeMs, choice, ref _random);
            if ((choice >> 16) % RememberOneIn == 0 && _duplicateBelow > _badBelow)
            {
                Remember(ref line);
            }
        }
    }

    // Four in five are not delayed, most others by little, one in twenty by up to all of the disorder.
    private long Delay()
    {
        ulong draw = _random.Next();
        ulong limit = (byte)draw switch
        {
            < 205 => 0,
            < 243 => (ulong)_options.DisorderMs / 10,
            _ => (ulong)_options.DisorderMs,
        };
        return (long)(((draw >> 32) * (limit + 1)) >> 32);
    }

    // Beyond 70 s the minute is closed, up to 5 min a correction is sure, and from 6.5 min on it is surely too late: see the defaults in
    // docs/SEMANTICS.md. Nothing falls between, where it would depend on the place in the minute.
    private long Lateness()
    {
        ulong draw = _random.Next();
        long some = (long)((draw >> 32) & 0x7FFFFFFF);
        return (draw & 1) == 0 ? 70_000 + some % 230_000 : 390_000 + some % 570_000;
    }

    private void Remember(ref LineWriter line)
    {
        int slot = (int)(_remembered++ % RecentLines);
        line.Written.CopyTo(_recent.AsSpan(slot * MaxLineBytes));
        _recentLengths[slot] = line.Length;
        _recentTimes[slot] = LastEventTimeMs;
    }

    private int Repeat(Span<byte> destination, ulong choice)
    {
        int slot = (int)(choice % Math.Min(_remembered, RecentLines));
        int length = _recentLengths[slot];
        _recent.AsSpan(slot * MaxLineBytes, length).CopyTo(destination);
        destination[length] = (byte)'\n';
        LastEventTimeMs = _recentTimes[slot];
        return length + 1;
    }

    // Only correctly rounded operations, so every machine gets the same number.
    private static ulong Share(double percent) => (ulong)(percent / 100 * 4_294_967_296.0);
}
