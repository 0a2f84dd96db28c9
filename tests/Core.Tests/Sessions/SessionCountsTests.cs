using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Core.Tests.Sessions;

/// <summary>Goal: the counts of sessions survive merging, taking back and their binary form, and states of before read.</summary>
public sealed class SessionCountsTests
{
    private static readonly AccumulatorLimits Limits = new(10, 10, 10)
    {
        Added = AddedMetrics.Of(new InputOptions { Sessions = new SessionOptions() }),
    };

    [Fact]
    public void Encode_Golden_KeepsItsBytes()
    {
        byte[] bytes = AccumulatorCodec.Encode(Golden());

        // A change of these bytes is a change of the format: stored state could no longer be read. The last 8 are the checksum.
        Assert.Equal("544d4143020c0b0602020002dc0b01d50102", Convert.ToHexStringLower(bytes[..^8]));
        Assert.Equal(bytes, AccumulatorCodec.Encode(AccumulatorCodec.Decode(bytes, Limits)));
    }

    [Fact]
    public void Decode_RandomCounts_AreTheSame()
    {
        Random random = new(1);
        for (int i = 0; i < 500; i++)
        {
            Accumulator one = Random(random);
            Accumulator other = Random(random);

            Accumulator read = AccumulatorCodec.Decode(AccumulatorCodec.Encode(one), Limits);
            Assert.Equal(AccumulatorCodec.Encode(one), AccumulatorCodec.Encode(read));
            read.Merge(AccumulatorCodec.Decode(AccumulatorCodec.Encode(other), Limits));
            one.Merge(other);
            Assert.Equal(AccumulatorCodec.Encode(one), AccumulatorCodec.Encode(read));
        }
    }

    [Fact]
    public void AddEnded_TakenAwayAgain_IsNothing()
    {
        Accumulator content = new(Limits);
        SessionCounts sessions = content.Added!.Sessions!;
        sessions.AddStarted(1);
        sessions.AddEnded(1500, 2, 1, 1);
        Assert.False(content.IsEmpty);

        sessions.AddStarted(-1);
        sessions.AddEnded(1500, 2, 1, -1);

        Assert.True(content.IsEmpty);
        Assert.Equal(AccumulatorCodec.Encode(new Accumulator(Limits)), AccumulatorCodec.Encode(content));
    }

    [Fact]
    public void Decode_StateOfBefore_HasNoSessions()
    {
        byte[] before = AccumulatorCodec.Encode(new Accumulator(Limits with { Added = AddedMetrics.None }));

        Assert.Equal(0, AccumulatorCodec.Decode(before, Limits).Added!.Sessions!.Started);
        Assert.Null(AccumulatorCodec.Decode(AccumulatorCodec.Encode(Golden()), Limits with { Added = AddedMetrics.None }).Added);
    }

    [Fact]
    public void From_SessionsThatEnded_HaveMeansAndRates()
    {
        SessionCounts counts = new();
        counts.AddStarted(5);
        counts.AddEnded(1000, 1, 0, 1);
        counts.AddEnded(2000, 4, 1, 1);
        counts.AddEnded(4000, 0, 0, 1);

        Assert.Equal(
            new SessionMetrics(5, 3, 2, 1, 2.3333m, 1.998m, 3.986m, 0.6667m, 0.3333m, 1.6667m),
            SessionMetrics.From(counts) with { DurationP50 = 1.998m, DurationP95 = 3.986m });
        Assert.InRange(SessionMetrics.From(counts).DurationP50!.Value, 1.98m, 2.02m);
        Assert.InRange(SessionMetrics.From(counts).DurationP95!.Value, 3.96m, 4.04m);
        Assert.Null(SessionMetrics.From(new SessionCounts()).BounceRate);
    }

    private static Accumulator Golden()
    {
        Accumulator golden = new(Limits);
        golden.Added!.Sessions!.AddStarted(3);
        golden.Added.Sessions.AddEnded(750, 1, 0, 1);
        return golden;
    }

    private static Accumulator Random(Random random)
    {
        Accumulator content = new(Limits);
        content.Added!.Sessions!.AddStarted(random.Next(-5, 100));
        for (int i = random.Next(20); i > 0; i--)
        {
            content.Added.Sessions.AddEnded(random.NextInt64(86_400_000), random.Next(10), random.Next(2), random.Next(4) == 0 ? -1 : 1);
        }

        return content;
    }
}
