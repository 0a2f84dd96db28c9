using System.Text.Json;
using Tidemark.Cli.Generate;
using static Tidemark.Cli.Tests.Generate.GeneratedStream;

namespace Tidemark.Cli.Tests.Generate;

/// <summary>
/// Event times of a stream, by how far they are behind the greatest time so far:
/// <code>
///   0 .. disorder      70 s ........ 5 min        6.5 min ........ 16 min
///   in time            late, still corrects       too late
/// </code>
/// </summary>
public class EventTimeTests
{
    [Fact]
    public void WriteNext_NoDisorder_NeverGoesBackAndTakesAsLongAsTheRateSays()
    {
        long last = Start.ToUnixTimeMilliseconds();
        foreach ((ReadOnlyMemory<byte> line, EventGenerator generator) in Lines(Clean(120_001)))
        {
            long time = Time(line);
            Assert.True(time >= last);
            Assert.Equal(time, generator.LastEventTimeMs);
            last = time;
        }

        // Two minutes at a thousand per second.
        Assert.Equal(Start.AddMinutes(2).ToUnixTimeMilliseconds(), last);
    }

    [Fact]
    public void WriteNext_Minutes_BurstByUpToThirtyPercent()
    {
        var minutes = new Dictionary<long, int>();
        foreach ((_, EventGenerator generator) in Lines(Clean(20 * 6000) with { EventsPerSecond = 100 }))
        {
            long minute = generator.LastEventTimeMs / 60_000;
            minutes[minute] = minutes.GetValueOrDefault(minute) + 1;
        }

        Assert.Equal(20, minutes.Count);
        Assert.All(minutes.Values, count => Assert.InRange(count, 4199, 7801));
        Assert.True(minutes.Values.Max() - minutes.Values.Min() > 1500);
    }

    [Fact]
    public void WriteNext_Disorder_IsBoundedAndMostEventsAreInOrder()
    {
        long latest = 0, previousArrival = 0;
        int behind = 0, farBehind = 0;
        var options = Of(50_000) with { BadPercent = 0, LatePercent = 0, DuplicatePercent = 0, DisorderMs = 5000 };
        var generator = new EventGenerator(options);
        byte[] buffer = new byte[EventGenerator.MaxLineBytes];
        while (true)
        {
            long arrival = generator.NextArrivalMs;
            if (!generator.TryWriteNext(buffer, out _))
            {
                break;
            }

            Assert.True(arrival >= previousArrival);
            Assert.InRange(arrival - generator.LastEventTimeMs, 0, 5000);
            previousArrival = arrival;
            latest = Math.Max(latest, generator.LastEventTimeMs);
            behind += generator.LastEventTimeMs < latest ? 1 : 0;
            farBehind += generator.LastEventTimeMs < latest - 4000 ? 1 : 0;
        }

        Assert.InRange(behind, 9000, 11_000);
        Assert.InRange(farBehind, 300, 700);
    }

    [Fact]
    public void WriteNext_LatePercent_IsHalfCorrectableAndHalfTooLate()
    {
        var options = Of(100_000) with { BadPercent = 0, DuplicatePercent = 0, LatePercent = 2 };
        long latest = long.MinValue;
        int correctable = 0, tooLate = 0;
        foreach ((ReadOnlyMemory<byte> line, EventGenerator generator) in Lines(options))
        {
            long time = Time(line);
            Assert.Equal(time, generator.LastEventTimeMs);
            latest = Math.Max(latest, time);
            TimeSpan behind = TimeSpan.FromMilliseconds(latest - time);
            if (behind > TimeSpan.FromSeconds(6))
            {
                bool corrects = behind < TimeSpan.FromMinutes(6);
                correctable += corrects ? 1 : 0;
                tooLate += corrects ? 0 : 1;
                Assert.InRange(behind.TotalSeconds, corrects ? 64 : 384, corrects ? 300 : 960);
            }
        }

        Assert.InRange(correctable, 850, 1150);
        Assert.InRange(tooLate, 850, 1150);
    }

    [Fact]
    public void WriteNext_DuplicatePercent_RepeatsRecentLinesExactly()
    {
        var options = Of(50_000) with { BadPercent = 0, LatePercent = 0, DuplicatePercent = 4, EventsPerSecond = 1 };
        var seen = new Dictionary<string, long>();
        int repeats = 0;
        foreach ((ReadOnlyMemory<byte> line, EventGenerator generator) in Lines(options))
        {
            string text = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(line.Span));
            if (seen.TryGetValue(text, out long first))
            {
                repeats++;
                Assert.Equal(Time(line), generator.LastEventTimeMs);

                // Recent enough to be in time, even at one event per second.
                Assert.InRange(generator.Written - first, 1, 250);
            }
            else
            {
                seen[text] = generator.Written;
            }
        }

        Assert.InRange(repeats, 1800, 2200);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(12_345, 1000)]
    [InlineData(500, 3)]
    public void EndingAt_AnyLength_LetsTheLastLineArriveThen(long events, int rate)
    {
        GeneratorOptions options = (Clean(events) with { EventsPerSecond = rate }).EndingAt(Start);

        Assert.Equal(Start.ToUnixTimeMilliseconds(), Lines(options).Last().Generator.LastEventTimeMs);
    }

    [Fact]
    public void WriteNext_TimesBefore1970_AreWrittenAsSuch()
    {
        GeneratorOptions options = Clean(2) with { Start = new DateTimeOffset(1969, 12, 31, 23, 59, 59, 999, TimeSpan.Zero) };

        Assert.Equal([-1L, 0L], Lines(options).Select(l => Time(l.Line)));
    }

    private static long Time(ReadOnlyMemory<byte> line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        string text = json.RootElement.GetProperty("timestamp").GetString()!;
        return DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null, System.Globalization.DateTimeStyles.AssumeUniversal)
            .ToUnixTimeMilliseconds();
    }
}
