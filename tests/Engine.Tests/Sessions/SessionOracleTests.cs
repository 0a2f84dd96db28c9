using System.Globalization;
using Tidemark.Core.Results;
using Tidemark.Support.Oracle;

namespace Tidemark.Engine.Tests.Sessions;

/// <summary>
/// Goal: every session, the minute in which it ends, and the counts of sessions in every window are what docs/SEMANTICS.md says. Method: random
/// streams with disorder, late events, restarts and sources that end and go on, against sessions that are found by sorting all counted events.
/// </summary>
public sealed class SessionOracleTests
{
    private static readonly int Streams = int.Parse(Environment.GetEnvironmentVariable("TIDEMARK_STREAMS") ?? "200", CultureInfo.InvariantCulture);

    [Fact]
    public void Apply_RandomStreams_EndsWithTheSessionsOfTheOracle() => Compare(restarts: false, ends: false);

    [Fact]
    public void Restore_AtRandomRecords_EndsWithTheSessionsOfTheOracle() => Compare(restarts: true, ends: false);

    [Fact]
    public void CloseAll_AtRandomRecords_EndsWithTheSessionsOfTheOracle() => Compare(restarts: true, ends: true);

    private static void Compare(bool restarts, bool ends)
    {
        int sessions = 0, corrections = 0, replaced = 0, cuts = 0;
        Parallel.For(0, Streams, seed =>
        {
            (OracleOptions options, OracleSessionOptions how, List<(int Partition, byte[] Line)> records) = SessionStreams.Next(seed);
            EngineHarness harness = Play(options, how, records, seed, restarts, ends);
            NaiveOracle oracle = new(options, records);
            List<OracleSession> expected = SessionOracle.Compute(
                oracle.Outcomes.Where(outcome => outcome.Result == OracleOutcome.Counted).Select(outcome => outcome.Event!), how,
                options.Added.CurrencyPath is not null);

            RequireSame(
                expected.Select(session => $"{session.EndedMinute} {session.Text}"),
                harness.LastSessions().SelectMany(minute => minute.Sessions.Select(row => $"{minute.Minute.StartMs} {SessionStreams.TextOf(row)}")),
                seed);
            RequireSame(
                WindowsOf(options, oracle, expected).Where(HoldsAnything),
                harness.Last().Values
                    .Select(result => $"{result.Window} {result.StartMs}..{result.EndMs} {result.TotalEvents} {Text(result.Sessions!)}")
                    .Where(HoldsAnything),
                seed);
            Interlocked.Add(ref sessions, expected.Count);
            Interlocked.Add(ref corrections, harness.Sessions.Count(minute => minute.Phase == Phase.Corrected));
            Interlocked.Add(ref replaced, harness.Sessions.Sum(minute => minute.Sessions.Count(row => row.Replaces.Count > 0)));
            Interlocked.Add(ref cuts, expected.Count(session => session.EndedAt < session.End + how.GapMs));
        });
        Assert.True(sessions > 4 * Streams && corrections > Streams / 10 && replaced > Streams / 50 && cuts > Streams / 20,
            $"{sessions} sessions, {corrections} corrections, {replaced} with replaced ones, {cuts} cut: the streams test too little");
    }

    /// <summary>A window stays, with nothing in it, when the sessions that ended in it went on after the end of a source.</summary>
    private static bool HoldsAnything(string window) => !window.EndsWith(" 0 0 0 0 0 - - - - - -", StringComparison.Ordinal);

    private static EngineHarness Play(
        OracleOptions options, OracleSessionOptions how, List<(int Partition, byte[] Line)> records, int seed, bool restarts, bool ends)
    {
        EngineHarness harness = new(
            SessionStreams.ToEngine(options, how), records.Select(record => record.Partition).DefaultIfEmpty().Max() + 1, options.LatestMs);
        Random random = new(seed);
        for (int i = 0; i < records.Count;)
        {
            int end = i + 1;
            int most = random.Next(1, 20);
            while (end < records.Count && end - i < most && records[end].Partition == records[i].Partition)
            {
                end++;
            }

            harness.Feed(records[i].Partition, records[i..end].Select(record => record.Line));
            i = end;
            if (ends && random.Next(10) == 0)
            {
                harness.Engine.CloseAll();
            }

            if (restarts && random.Next(3) == 0)
            {
                harness.Restart();
            }
        }

        (ends ? (Action)harness.Engine.CloseAll : harness.Engine.Complete)();
        return harness;
    }

    /// <summary>Every window with an event, or with a session that starts or ends.</summary>
    private static IEnumerable<string> WindowsOf(OracleOptions options, NaiveOracle oracle, List<OracleSession> sessions)
    {
        OracleGrid grid = new(options.Windows);
        Dictionary<OracleInterval, List<OracleSession>> ended = sessions
            .SelectMany(session => grid.WindowsOf(session.EndedAt).Select(window => (window, session)))
            .GroupBy(pair => pair.window, pair => pair.session).ToDictionary(group => group.Key, group => group.ToList());
        Dictionary<(string, long, long), long> events = oracle.FinalContents()
            .ToDictionary(final => (final.Window, final.Start, final.End), final => final.Content.TotalEvents);
        HashSet<(string Window, long Start, long End)> all = [.. events.Keys];
        all.UnionWith(ended.Keys.Select(window => (options.Windows[window.Order].Name, window.Start, window.End)));
        Dictionary<(string, long, long), List<OracleSession>> byName = ended.ToDictionary(
            pair => (options.Windows[pair.Key.Order].Name, pair.Key.Start, pair.Key.End), pair => pair.Value);
        foreach ((string Window, long Start, long End) window in all)
        {
            List<OracleSession> over = byName.GetValueOrDefault(window) ?? [];
            long started = sessions.Count(session => session.Start >= window.Start && session.Start < window.End);
            yield return $"{window.Window} {window.Start}..{window.End} {events.GetValueOrDefault(window)} {started} {over.Count} "
                + $"{over.Count(session => session.PageViews <= 1)} {over.Count(session => session.Purchases > 0)} "
                + $"{Mean(over, session => (session.End - session.Start) / 1000m)} {Mean(over, session => session.PageViews <= 1 ? 1 : 0)} "
                + $"{Mean(over, session => session.Purchases > 0 ? 1 : 0)} {Mean(over, session => session.PageViews)} "
                + $"{Near(over, 0.5m)} {Near(over, 0.95m)}";
        }
    }

    private static string Mean(List<OracleSession> sessions, Func<OracleSession, decimal> of) => sessions.Count == 0 ? "-"
        : Number(Math.Round(sessions.Sum(of) / sessions.Count, 4, MidpointRounding.ToEven));

    /// <summary>The rank that a quantile has, in steps of 2 %, since a sketch may be wrong by 1 %: the bin of the true duration.</summary>
    private static string Near(List<OracleSession> sessions, decimal share)
    {
        if (sessions.Count == 0)
        {
            return "-";
        }

        long[] sorted = [.. sessions.Select(session => session.End - session.Start).Order()];
        return Bin(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)]);
    }

    private static string Bin(long ms)
    {
        long low = 0;
        for (long next; (next = Math.Max(low + 1, low * 102 / 100)) <= ms; low = next)
        {
        }

        return Number(low);
    }

    private static string Text(SessionMetrics s) =>
        $"{s.Started} {s.Ended} {s.Bounced} {s.Converted} {Number(s.DurationMean)} {Number(s.BounceRate)} "
        + $"{Number(s.ConversionRate)} {Number(s.PagesPerSession)} {Bin(s.DurationP50)} {Bin(s.DurationP95)}";

    private static string Bin(decimal? seconds) => seconds is { } value ? Bin((long)(value * 1000)) : "-";

    private static string Number(decimal? number) => number is { } value ? value.ToString("0.####", CultureInfo.InvariantCulture) : "-";

    private static void RequireSame(IEnumerable<string> expected, IEnumerable<string> actual, int seed)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)];
        string[] came = [.. actual.Order(StringComparer.Ordinal)];
        for (int i = 0; i < Math.Max(wanted.Length, came.Length); i++)
        {
            string want = i < wanted.Length ? wanted[i] : "(nothing)";
            string have = i < came.Length ? came[i] : "(nothing)";
            Assert.True(want == have, $"seed {seed}, item {i} of {wanted.Length} expected, {came.Length} actual\nexpected {want}\nactual   {have}");
        }
    }
}
