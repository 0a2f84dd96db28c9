using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Engine;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Support.Oracle;

/// <summary>Feeds lines to a real parser and engine and keeps everything that comes out.</summary>
public sealed class EngineHarness : IEngineOutput
{
    private readonly EngineOptions _options;
    private readonly EventParser _parser;
    private readonly EventBatch _batch = new();
    private readonly long _latestMs;
    private readonly WindowMerger _merger;
    private readonly Dictionary<int, long> _next = [];

    public EngineHarness(EngineOptions options, int partitions = 1, long latestMs = long.MaxValue)
    {
        _parser = new EventParser(RecordSchema.Create(options.Input));
        _options = options;
        _latestMs = latestMs;
        _merger = new WindowMerger(options);
        _table = new PartTable(() => ++_number);
        Engine = new WindowEngine(options, partitions, this);
    }

    public WindowEngine Engine { get; private set; }

    public List<WindowResult> Results { get; } = [];

    public List<(string Reason, int Partition, long Offset, long? MissedMinuteMs, byte[] Bytes)> DeadLetters { get; } = [];

    public void Publish(Publication publication)
    {
        Require(publication.Interval.EndMs > FinalBeforeMs.GetValueOrDefault(publication.Definition.Name, long.MinValue),
            "A window is published though it is final.");
        Results.Add(_merger.Merge(publication));
    }

    public List<EndedSessions> Sessions { get; } = [];

    public long SessionsFinalBeforeMs { get; private set; } = long.MinValue;

    public void Publish(EndedSessions sessions)
    {
        Require(sessions.Minute.StartMs >= SessionsFinalBeforeMs, "Sessions are published though their minute is final.");
        Require(sessions.Revision == 1 + Sessions.Count(before => before.Minute == sessions.Minute), "A minute's revision is not the next one.");
        Sessions.Add(sessions);
    }

    public void MarkSessionsFinal(long beforeMs)
    {
        Require(beforeMs > SessionsFinalBeforeMs, "What is final went back, or stood still.");
        SessionsFinalBeforeMs = beforeMs;
    }

    /// <summary>The last publication of each minute in which sessions ended.</summary>
    public IEnumerable<EndedSessions> LastSessions() => Sessions.GroupBy(minute => minute.Minute).Select(minutes => minutes.Last());

    public Dictionary<string, long> FinalBeforeMs { get; } = [];

    public List<WindowResult> Live() => [.. Engine.Live().Select(_merger.Merge)];

    /// <summary>What is final must not be published again: checked at every publication.</summary>
    public void MarkFinal(WindowDefinition family, long beforeMs)
    {
        Require(beforeMs > FinalBeforeMs.GetValueOrDefault(family.Name, long.MinValue), "What is final went back, or stood still.");
        FinalBeforeMs[family.Name] = beforeMs;
    }

    public void DeadLetter(DeadLetter letter) =>
        DeadLetters.Add((letter.Reason.Name(), letter.Partition, letter.Offset, letter.MissedMinuteMs, letter.Bytes.ToArray()));

    /// <summary>How many publications are taken before the engine is told to stop; they are counted anew when it goes on.</summary>
    public int Room { get; init; } = int.MaxValue;

    public bool IsFull => Results.Count - _taken >= Room;

    private int _taken;

    /// <summary>Another engine takes over from what this one knows, by way of its binary form.</summary>
    public void Restart()
    {
        // With the pieces of all restarts before, as they are in a state's file.
        _table.Begin();
        byte[] state = SnapshotCodec.Encode(Engine.Capture(isStored: true), [], _options, _table);
        foreach ((long part, byte[] bytes) in _table.New)
        {
            _stored.Add(part, bytes);
        }

        _table = new PartTable(() => ++_number);
        Engine = WindowEngine.Restore(
            _options, SnapshotCodec.Decode(state, _options, number => _stored[number], _table).Snapshot, this);
    }

    private readonly Dictionary<long, byte[]> _stored = [];
    private long _number;
    private PartTable _table;

    /// <summary>The binary form of what the engine knows.</summary>
    public (byte[] State, Dictionary<long, byte[]> Parts) Save(params IReadOnlyList<EngineEvent> outbox)
    {
        long number = 0;
        PartTable table = new(() => ++number);
        table.Begin();
        byte[] state = SnapshotCodec.Encode(Engine.Capture(), outbox, _options, table);
        return (state, table.New.ToDictionary(part => part.Number, part => part.Bytes));
    }

    /// <summary>An engine that knows what a binary form says.</summary>
    public WindowEngine Load(byte[] state, Dictionary<long, byte[]> parts)
    {
        EngineSnapshot read =
            SnapshotCodec.Decode(state, _options, number => parts[number], new PartTable(() => throw new InvalidOperationException())).Snapshot;
        return WindowEngine.Restore(_options, read, this);
    }

    /// <summary>Applies lines as one batch.</summary>
    public void Feed(int partition, params IEnumerable<byte[]> lines)
    {
        using MemoryStream text = new();
        foreach (byte[] line in lines)
        {
            text.Write(line);
            text.WriteByte((byte)'\n');
        }

        int length = (int)text.Length;
        text.Write(new byte[EventParser.Padding]);
        _parser.ParseLines(text.GetBuffer(), length, _latestMs, _batch);
        long first = _next.GetValueOrDefault(partition);
        for (int at = 0; at < _batch.Count || at == 0;)
        {
            _taken = Results.Count;
            int next = Engine.Apply(partition, _batch, first, at);
            Require(next == _batch.Count || (next > at && Room < int.MaxValue), "The engine stopped though there was room, or did not move.");
            at = Math.Max(next, 1);
        }

        _next[partition] = first + _batch.Lines;
    }

    /// <summary>The last result of each window.</summary>
    public Dictionary<(string Window, long StartMs, long EndMs), WindowResult> Last()
    {
        Dictionary<(string Window, long StartMs, long EndMs), WindowResult> last = [];
        foreach (WindowResult result in Results)
        {
            last[(result.Window, result.StartMs, result.EndMs)] = result;
        }

        return last;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
