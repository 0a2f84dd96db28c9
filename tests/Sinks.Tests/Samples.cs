using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Sinks.Tests;

/// <summary>Results as the engine makes them, without an engine.</summary>
internal static class Samples
{
    /// <summary>2026-11-22T06:00:00Z.</summary>
    public const long Start = 1_795_327_200_000;

    public const long Minute = 60_000;

    public static readonly WindowDefinition[] Windows =
    [
        new() { Name = "1min", Size = TimeSpan.FromMinutes(1) },
        new() { Name = "5min", Size = TimeSpan.FromMinutes(5), Slide = TimeSpan.FromMinutes(1) },
        new() { Name = "1hour", Size = TimeSpan.FromHours(1) },
        new() { Name = "today", Size = TimeSpan.FromDays(1), Step = TimeSpan.FromHours(1) },
    ];

    public static readonly Breakdown None = new([], 0);

    /// <summary>A minute, <paramref name="minute"/> after <see cref="Start"/>; its counts tell the revision.</summary>
    public static WindowResult MinuteResult(long minute, long revision = 1) => Result("1min", Start + (minute * Minute), Minute, revision);

    public static WindowResult Result(string window, long startMs, long lengthMs, long revision = 1) => new()
    {
        Window = window,
        StartMs = startMs,
        EndMs = startMs + lengthMs,
        Phase = revision > 1 ? Phase.Corrected : Phase.OnTime,
        Revision = revision,
        WatermarkMs = startMs + lengthMs + 9_999,
        TotalEvents = revision % 1_000_000,
        UniqueUsers = 2,
        UniqueUsersExact = true,
        UsersSketch = Dense(Sketch("user_1", "user_2")),
        PageViews = 3,
        Clicks = 2,
        Purchases = 1,
        Revenue = 19.9900m,
        RevenueOverflow = false,
        InvalidAmounts = 0,
        TopPages = new([new("/home", 2), new("/cart", 1)], 0),
        Devices = new([new("mobile", 4)], 0),
        Countries = new([new("DE", 3), new("NO", 1)], 0),
        EventTypes = new([new("page_view", 3), new("click", 2)], 0),
        Averages = null,
    };

    public static WindowResult Live(long minute, long sequence) =>
        MinuteResult(minute, revision: 0) with { Phase = Phase.Live, Sequence = sequence, TotalEvents = sequence };

    public static HyperLogLog Sketch(params IEnumerable<string> users)
    {
        HyperLogLog sketch = new();
        foreach (string user in users)
        {
            sketch.Add(MurmurHash64A.Hash(Encoding.UTF8.GetBytes(user)));
        }

        return sketch;
    }

    public static byte[] Dense(HyperLogLog sketch)
    {
        byte[] dense = new byte[HyperLogLog.RedisDenseBytes];
        sketch.WriteRedisDense(dense);
        return dense;
    }

    /// <summary>Everything but the sketch, as text: two results with the same text have the same fields.</summary>
    public static string Text(WindowResult result)
    {
        System.Buffers.ArrayBufferWriter<byte> json = new();
        ResultJson.Write(result, json);
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }
}
