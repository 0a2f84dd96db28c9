using System.Text;
using Tidemark.Core.Results;
using Tidemark.Support.AzureStorageHost;
using Tidemark.Support.Oracle;

namespace Tidemark.AzureStorage.Tests;

/// <summary>
/// Eight minutes of a shop's events on three partitions, with disorder, corrections, late events and what is no event, and what must come
/// of them. At the end of each partition an event of six hours later closes everything before it; its own windows are not compared.
/// </summary>
internal sealed class ShopStream
{
    private const int PartitionCount = 3;
    private const long MinuteMs = 60_000;

    private readonly List<(int Partition, byte[] Line)> _records = [];

    public ShopStream(int seed, int records)
    {
        Random random = new(seed);
        LineGenerator lines = new(random);
        long beginMs = new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        LastMs = beginMs + (8 * MinuteMs);
        Options = new OracleOptions([new OracleWindow("1min", MinuteMs),
            new OracleWindow("5min", 5 * MinuteMs, SlideMs: MinuteMs), new OracleWindow("1hour", 60 * MinuteMs)]);
        for (int i = 0; i < records; i++)
        {
            long nowMs = beginMs + ((LastMs - beginMs) * i / records);
            byte[] line = random.Next(100) switch
            {
                < 2 => lines.Garbage(nowMs),
                < 3 => lines.Blank(),
                < 15 => lines.Event(nowMs - random.Next(10_000)),
                < 20 => lines.Event(nowMs - (random.Next(60, 300) * 1000)),
                < 23 => lines.Event(nowMs - (random.Next(400, 700) * 1000)),
                _ => lines.Event(nowMs),
            };
            _records.Add((random.Next(PartitionCount), line));
        }

        Oracle = new NaiveOracle(Options, _records);
        Log = new RecordedLog(
            [.. Enumerable.Range(0, PartitionCount).Select(partition => Of(partition).Append(Flush(LastMs + (6 * 60 * MinuteMs))).ToList())],
            Options.ArrivalMs);
    }

    public OracleOptions Options { get; }

    public NaiveOracle Oracle { get; }

    public RecordedLog Log { get; }

    /// <summary>No event but the last of each partition is at or after this time.</summary>
    public long LastMs { get; }

    /// <summary>The local engine's last word about each window.</summary>
    public Dictionary<(string Window, long StartMs, long EndMs), WindowResult> Expected()
    {
        EngineHarness engine = new(OracleBridge.ToEngine(Options) with { ExactUsersLimit = AppInstance.Options().Engine.ExactUsersLimit },
            PartitionCount, Options.LatestMs);
        foreach ((int partition, byte[] line) in _records)
        {
            engine.Feed(partition, line);
        }

        engine.Engine.Complete();
        return engine.Last();
    }

    /// <summary>The outcomes of a partition's records, in offset order.</summary>
    public IEnumerable<OracleOutcome> Outcomes(int partition) => Oracle.Outcomes.Where(outcome => outcome.Partition == partition);

    private IEnumerable<byte[]> Of(int partition) => _records.Where(record => record.Partition == partition).Select(record => record.Line);

    private static byte[] Flush(long timeMs) =>
        Encoding.UTF8.GetBytes(FormattableString.Invariant($$"""{"timestamp":{{timeMs}},"event_type":"click"}"""));
}
