using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Engine.Sessions;

namespace Tidemark.Engine.Checkpoint;

/// <summary>
/// The binary form of an <see cref="EngineSnapshot"/> and of the output that the sinks have not confirmed. Published parts of panes are
/// stored separately; the form refers to them by the numbers of a <see cref="PartTable"/>.
/// </summary>
/// <remarks>
/// The magic <c>TMES</c>, a version, the number of sections, then the sections: number, length, content. An absent section leaves its part
/// empty, so a later version can read this form. An unknown section was written by a later version and is rejected, since its content must
/// not be lost.
/// </remarks>
public static class SnapshotCodec
{
    /// <summary>The version that is written and read.</summary>
    public const byte Version = 1;

    private const int Engine = 1, Cursors = 2, LateCounts = 3, Panes = 4,
        OpenWindows = 5, PublishedWindows = 6, Families = 7, EmptyWindows = 8, Outbox = 9, SessionSet = 10;

    // What an event of the output is.
    private const byte FinalEvent = 0, OnTimeEvent = 1, CorrectedEvent = 2, SessionsEvent = 3, SessionsFinalEvent = 4;

    private static ReadOnlySpan<byte> Magic => "TMES"u8;

    /// <summary>Encodes a snapshot. Parts that are new are added to the table.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="outbox">The output that the sinks have not confirmed, in order, without live publications.</param>
    /// <param name="options">The options of the engine.</param>
    /// <param name="parts">The table, after <see cref="PartTable.Begin"/>.</param>
    public static byte[] Encode(EngineSnapshot snapshot, IReadOnlyList<EngineEvent> outbox, EngineOptions options, PartTable parts)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(outbox);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parts);
        ByteWriter writer = new(4096);
        writer.Bytes(Magic);
        writer.Byte(Version);
        WindowsSnapshot windows = snapshot.Windows;
        writer.VarInt(8 + (windows.Empty is null ? 0 : 1) + (snapshot.Sessions is null ? 0 : 1));
        Section(writer, Engine, section =>
        {
            section.Long(snapshot.WatermarkMs);
            section.Long(windows.PublishedEvents);
        });
        Section(writer, Cursors, section => section.List(snapshot.Cursors, WriteCursor));
        Section(writer, LateCounts, section =>
        {
            section.Long(snapshot.Late.Elsewhere);
            section.Long(snapshot.Late.InOpenWindow);
            section.List(snapshot.Late.ByMinute, static (to, pair) =>
            {
                to.Long(pair.Key);
                to.VarInt(pair.Value);
            });
        });
        Section(writer, Panes, section => section.List(windows.Panes, (to, pane) => WritePane(to, pane, parts)));
        Section(writer, OpenWindows, section => section.List(windows.Open, WriteWindow));
        Section(writer, PublishedWindows, section => section.List(windows.Published, WriteWindow));
        Section(writer, Families, section =>
        {
            section.List(windows.LastEndMs, static (to, ms) => to.Long(ms));
            section.List(windows.FinalBeforeMs, static (to, ms) => to.Long(ms));
        });
        if (windows.Empty is { } empty)
        {
            Section(writer, EmptyWindows, section => section.List(empty.Ranges, static (to, range) =>
            {
                to.Long(range.FirstMs);
                to.Long(range.EnumeratedFromMs);
                to.Long(range.EnumeratedUntilMs);
                to.VarInt(range.Skipped);
            }));
        }

        Dictionary<WindowDefinition, int> orders = options.Windows.Select((window, order) => (window, order))
            .ToDictionary(pair => pair.window, pair => pair.order);
        Section(writer, Outbox, section => section.List(outbox, (to, item) => WriteEvent(to, item, orders, parts)));
        if (snapshot.Sessions is { } sessions)
        {
            Section(writer, SessionSet, section => WriteSessions(section, sessions, parts));
        }

        return writer.Written.ToArray();
    }

    /// <summary>Decodes the output of <see cref="Encode"/>.</summary>
    /// <param name="source">Exactly one binary form.</param>
    /// <param name="options">The options of the encoded engine, equal in everything that affects results.</param>
    /// <param name="bytesOf">
    /// Returns the binary form of a part by its number; throws <see cref="InvalidDataException"/> if there is none.
    /// </param>
    /// <param name="parts">An empty table. It receives the parts, so that the next snapshot can refer to them.</param>
    /// <exception cref="InvalidDataException">
    /// Not this binary form, of a later version, truncated, corrupt, or of other options.
    /// </exception>
    public static (EngineSnapshot Snapshot, IReadOnlyList<EngineEvent> Outbox) Decode(
        ReadOnlySpan<byte> source, EngineOptions options, Func<long, ReadOnlyMemory<byte>> bytesOf, PartTable parts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(bytesOf);
        ArgumentNullException.ThrowIfNull(parts);
        if (source.Length < Magic.Length + 1 || !source.StartsWith(Magic))
        {
            throw new InvalidDataException($"not the state of an engine: expected TMES at its start, found {source.Length} other bytes");
        }

        if (source[Magic.Length] != Version)
        {
            throw new InvalidDataException(
                $"the state of an engine has version {source[Magic.Length]}: this version of tidemark reads version {Version}");
        }

        SnapshotReader reader = new(options, bytesOf, parts);
        ByteReader sections = new(source[(Magic.Length + 1)..]);
        for (long left = sections.VarInt(byte.MaxValue, "sections"); left > 0; left--)
        {
            int number = (int)sections.VarInt(int.MaxValue, "the number of a section");
            int length = (int)sections.VarInt(sections.Remaining, "the length of a section");
            ByteReader section = new(sections.Bytes(length, "a section"));
            reader.Read(number, ref section);
            if (section.Remaining != 0)
            {
                throw new InvalidDataException($"section {number} of the state has {section.Remaining} "
                    + "bytes more than this version of tidemark knows: a later one has written it");
            }
        }

        return sections.Remaining == 0
            ? reader.Result()
            : throw new InvalidDataException($"the state of an engine is followed by {sections.Remaining} other bytes");
    }

    private static void Section(ByteWriter writer, int number, Action<ByteWriter> write)
    {
        ByteWriter section = new(256);
        write(section);
        writer.VarInt(number);
        writer.VarInt(section.Written.Length);
        writer.Bytes(section.Written);
    }

    private static void WriteCursor(ByteWriter to, CursorSnapshot cursor)
    {
        to.VarInt(cursor.Next);
        to.Long(cursor.MaxEventTimeMs);
        to.Long(cursor.WatermarkMs);
        to.VarInt(cursor.Read);
        to.Byte(cursor.IsIdle ? (byte)1 : (byte)0);
        to.List(cursor.Outcomes, static (list, count) => list.VarInt(count));
    }

    private static void WritePane(ByteWriter to, PaneSnapshot pane, PartTable parts)
    {
        to.Long(pane.Interval.StartMs);
        to.VarInt(pane.Revision);
        to.List(pane.Published, (list, part) => list.VarInt(parts.NumberOf(part)));
        byte[] pending = pane.Pending is { } open ? AccumulatorCodec.Encode(open) : [];
        to.VarInt(pending.Length);
        to.Bytes(pending);
    }

    private static void WriteWindow(ByteWriter to, WindowSnapshot window)
    {
        to.VarInt(window.Order);
        to.Interval(window.Interval);
    }

    private static void WriteSessions(ByteWriter to, SessionsSnapshot sessions, PartTable parts)
    {
        to.Signed(sessions.FinalMinute);
        to.VarInt(sessions.LeftOut);
        to.List(sessions.Minutes, static (list, minute) =>
        {
            list.Signed(minute.Minute);
            list.VarInt(minute.Revision);
            list.Byte(minute.IsChanged ? (byte)1 : (byte)0);
        });
        to.List(sessions.Pieces, (list, piece) =>
        {
            list.VarInt(piece.Slice + 1);
            list.VarInt(parts.NumberOf(piece));
        });
    }

    private static void WriteEvent(ByteWriter to, EngineEvent item, Dictionary<WindowDefinition, int> orders, PartTable parts)
    {
        if (item.Sessions is { } sessions)
        {
            to.Byte(SessionsEvent);
            SessionRowCodec.Write(to, sessions);
            return;
        }

        if (item is { Publication: null, Family: null })
        {
            to.Byte(SessionsFinalEvent);
            to.Long(item.FinalBeforeMs);
            return;
        }

        if (item.Publication is not { } publication)
        {
            to.Byte(FinalEvent);
            to.VarInt(orders[item.Family!]);
            to.Long(item.FinalBeforeMs);
            return;
        }

        to.Byte(publication.Phase == Phase.OnTime ? OnTimeEvent : CorrectedEvent);
        to.VarInt(orders[publication.Definition]);
        to.Interval(publication.Interval);
        to.VarInt(publication.Revision);
        to.Long(publication.WatermarkMs ?? EventTime.None);
        to.List(publication.Parts, (list, part) => list.VarInt(parts.NumberOf(part)));
    }

    /// <summary>Builds a snapshot from sections in any order.</summary>
    private sealed class SnapshotReader(EngineOptions options, Func<long, ReadOnlyMemory<byte>> bytesOf, PartTable parts)
    {
        private readonly PaneGrid _grid = PaneGrid.For(options.Windows);
        private readonly Dictionary<long, PaneContent> _contents = [];
        private long _watermarkMs = EventTime.None;
        private long _publishedEvents;
        private CursorSnapshot[] _cursors = [];
        private LateSnapshot _late = new([], 0, 0);
        private PaneSnapshot[] _panes = [];
        private WindowSnapshot[] _open = [];
        private WindowSnapshot[] _published = [];
        private long[] _lastEndMs = [.. options.Windows.Select(_ => EventTime.None)];
        private long[] _finalBeforeMs = [.. options.Windows.Select(_ => EventTime.None)];
        private EmptyWindowsSnapshot? _empty;
        private SessionsSnapshot? _sessions;
        private EngineEvent[] _outbox = [];

        public void Read(int number, ref ByteReader from)
        {
            switch (number)
            {
                case Engine:
                    _watermarkMs = from.Long("the watermark");
                    _publishedEvents = from.Long("published events");
                    break;
                case Cursors:
                    _cursors = from.List("partitions", Cursor);
                    break;
                case LateCounts:
                    long elsewhere = from.Long("late events");
                    long inOpenWindow = from.Long("late events");
                    _late = new LateSnapshot(
                        from.List("late minutes", static (ref ByteReader pair) => new KeyValuePair<long, long>(
                            pair.Long("a minute"), pair.VarInt(long.MaxValue, "late events"))),
                        elsewhere,
                        inOpenWindow);
                    break;
                case Panes:
                    _panes = from.List("panes", Pane);
                    break;
                case OpenWindows:
                    _open = from.List("open windows", Window);
                    break;
                case PublishedWindows:
                    _published = from.List("published windows", Window);
                    break;
                case Families:
                    _lastEndMs = from.List("families", static (ref ByteReader end) => end.Long("an end"));
                    _finalBeforeMs = from.List("families", static (ref ByteReader end) => end.Long("an end"));
                    break;
                case EmptyWindows:
                    _empty = new EmptyWindowsSnapshot(from.List("empty windows", EmptyRange));
                    break;
                case SessionSet:
                    _sessions = Sessions(ref from);
                    break;
                case Outbox:
                    _outbox = from.List("unconfirmed results", Event);
                    break;
                default:
                    throw new InvalidDataException(
                        $"the state has a section {number} that this version of tidemark does not know: a later one has written it");
            }
        }

        public (EngineSnapshot Snapshot, IReadOnlyList<EngineEvent> Outbox) Result()
        {
            if (_cursors.Length == 0 || _lastEndMs.Length != options.Windows.Count || _finalBeforeMs.Length != options.Windows.Count
                || (_empty is { } empty && empty.Ranges.Length != options.Windows.Count))
            {
                throw new InvalidDataException($"the state of an engine with {_cursors.Length} partitions and "
                    + $"{_lastEndMs.Length} window families: expected 1 or more, and {options.Windows.Count}");
            }

            WindowsSnapshot windows = new(_panes, _open, _published, _lastEndMs, _finalBeforeMs, _publishedEvents, _empty);
            return (new EngineSnapshot(_cursors, _watermarkMs, _late, windows, _sessions), _outbox);
        }

        private static EmptyRangeSnapshot EmptyRange(ref ByteReader from) => new(
            from.Long("the first pane"), from.Long("empty windows"), from.Long("empty windows"), from.VarInt(long.MaxValue, "empty windows"));

        private static CursorSnapshot Cursor(ref ByteReader from) => new(
            from.VarInt(long.MaxValue, "an offset"),
            from.Long("a time"),
            from.Long("a watermark"),
            from.VarInt(long.MaxValue, "records"),
            from.Byte("idleness") != 0,
            from.List("outcomes", static (ref ByteReader count) => count.VarInt(long.MaxValue, "records")));

        private PaneSnapshot Pane(ref ByteReader from)
        {
            long startMs = from.Long("a pane");
            Interval interval = _grid.PaneAt(startMs);
            if (interval.StartMs != startMs)
            {
                throw new InvalidDataException($"the state has a pane at {startMs} ms: expected panes of {_grid.SizeMs} ms");
            }

            long revision = from.VarInt(long.MaxValue, "a revision");
            PaneContent[] published = from.List("parts", Part);
            int length = (int)from.VarInt(from.Remaining, "a pane");
            Accumulator? pending = length == 0 ? null : AccumulatorCodec.Decode(from.Bytes(length, "a pane"), options.Limits);
            return new PaneSnapshot(interval, revision, published, pending);
        }

        private SessionsSnapshot Sessions(ref ByteReader from) => new(
            from.Signed("a minute"),
            from.VarInt(long.MaxValue, "events"),
            from.List("minutes of sessions", static (ref ByteReader minute) => new MinuteSnapshot(
                minute.Signed("a minute"), minute.VarInt(long.MaxValue, "a revision"), minute.Byte("a flag") != 0)),
            from.List("pieces of sessions", Piece));

        private SessionPiece Piece(ref ByteReader from)
        {
            int slice = (int)from.VarInt(int.MaxValue, "a slice") - 1;
            long number = from.VarInt(long.MaxValue, "a piece");
            SessionPiece piece = new(slice, bytesOf(number).ToArray());
            parts.Know(number, piece);
            return piece;
        }

        private PaneContent Part(ref ByteReader from)
        {
            long number = from.VarInt(long.MaxValue, "a part");
            if (!_contents.TryGetValue(number, out PaneContent? content))
            {
                content = new PaneContent(AccumulatorCodec.Decode(bytesOf(number).Span, options.Limits));
                _contents.Add(number, content);
                parts.Know(number, content);
            }

            return content;
        }

        private WindowSnapshot Window(ref ByteReader from) => new(Order(ref from), from.Interval("a window"));

        private EngineEvent Event(ref ByteReader from)
        {
            byte kind = from.Byte("a result");
            if (kind == SessionsEvent)
            {
                return new EngineEvent(null, null, 0, SessionRowCodec.Read(ref from));
            }

            if (kind == SessionsFinalEvent)
            {
                return new EngineEvent(null, null, from.Long("an end"));
            }

            WindowDefinition family = options.Windows[Order(ref from)];
            if (kind == FinalEvent)
            {
                return new EngineEvent(null, family, from.Long("an end"));
            }

            Interval interval = from.Interval("a window");
            long revision = from.VarInt(long.MaxValue, "a revision");
            long watermarkMs = from.Long("a watermark");
            return new EngineEvent(
                new Publication(
                    family, interval, kind == OnTimeEvent ? Phase.OnTime : Phase.Corrected, revision,
                    watermarkMs == EventTime.None ? null : watermarkMs, from.List("parts", Part)),
                null,
                0);
        }

        private int Order(ref ByteReader from) => (int)from.VarInt(options.Windows.Count - 1, "a window family");
    }
}
