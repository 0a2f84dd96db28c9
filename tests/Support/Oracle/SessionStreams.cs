using System.Text;
using Tidemark.Core;
using Tidemark.Core.Sessions;

namespace Tidemark.Support.Oracle;

/// <summary>
/// The streams of <see cref="StreamGenerator"/> and of <see cref="AddedStreams"/> under options with sessions, whose gap goes with the pace.
/// </summary>
public static class SessionStreams
{
    private static readonly string[] Referrers = ["\"/r/1\"", "\"/r/2\"", "\"\"", "null", "\"\\u00e4\"", "17", "\"/r/1\"", "{}"];

    public static (OracleOptions Options, OracleSessionOptions Sessions, List<(int Partition, byte[] Line)> Records) Next(int seed)
    {
        var (options, records) = seed % 3 == 0 ? AddedStreams.Next(seed) : StreamGenerator.Next(seed);
        var random = new Random(seed + 2_000_000);
        var span = options.Windows.Max(window => window.SizeMs);
        var gap = Math.Clamp(random.Next(3) == 0 ? span / 20 : random.NextInt64(1 + span), 1000, 24L * 3_600_000);
        var length = Math.Clamp(gap * random.Next(2, random.Next(2) == 0 ? 4 : 40), 2 * gap, 30L * 24 * 3_600_000);
        var sessions = new OracleSessionOptions(gap, length, random.Next(3) == 0 ? random.Next(1, 4) : 100);
        return (options, sessions, [.. records.Select(record => (record.Partition, With(record.Line)))]);

        byte[] With(byte[] line) => line is [(byte)'{', (byte)'"', ..] && random.Next(4) > 0
            ? [.. Encoding.UTF8.GetBytes($"{{\"referrer\":{Referrers[random.Next(Referrers.Length)]},"), .. line.AsSpan(1)]
            : line;
    }

    public static EngineOptions ToEngine(OracleOptions options, OracleSessionOptions sessions)
    {
        var engine = OracleBridge.ToEngine(options);
        return engine with
        {
            Input = engine.Input with
            {
                Sessions = new SessionOptions
                {
                    Gap = TimeSpan.FromMilliseconds(sessions.GapMs),
                    MaxLength = TimeSpan.FromMilliseconds(sessions.MaxLengthMs),
                    MaxPages = sessions.MaxPages,
                },
            },
        };
    }

    /// <summary>The content of a row as the oracle writes it.</summary>
    public static string TextOf(Session row) => SessionOracle.TextOf(
        row.UserId, row.StartMs, row.EndMs, (row.EventCount, row.PageViewCount, row.ClickCount, row.PurchaseCount),
        row.PagesVisited, row.PagesVisitedCut,
        [row.EntryPage, row.ExitPage, row.Referrer, row.DeviceType, row.Country], row.Revenue, row.Currency);
}
