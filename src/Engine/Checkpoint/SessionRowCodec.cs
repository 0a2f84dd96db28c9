using System.Text;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;

namespace Tidemark.Engine.Checkpoint;

/// <summary>The binary form of sessions that have ended and that the sinks have not confirmed.</summary>
internal static class SessionRowCodec
{
    private const int MaxTextBytes = EventKey.MaxStoredBytes;

    public static void Write(ByteWriter to, EndedSessions ended)
    {
        to.Interval(ended.Minute);
        to.Byte(ended.Phase == Phase.OnTime ? (byte)1 : (byte)2);
        to.VarInt(ended.Revision);
        to.Long(ended.WatermarkMs ?? EventTime.None);
        to.List(ended.Sessions, Write);
    }

    public static EndedSessions Read(ref ByteReader from) => new(
        from.Interval("a minute"),
        from.Byte("a phase") == 1 ? Phase.OnTime : Phase.Corrected,
        from.VarInt(long.MaxValue, "a revision"),
        from.Long("a watermark") is var watermarkMs && watermarkMs == EventTime.None ? null : watermarkMs,
        from.List("sessions", ReadOne));

    private static void Write(ByteWriter to, Session session)
    {
        Write(to, session.SessionId);
        Write(to, session.UserId);
        to.Long(session.StartMs);
        to.VarInt(session.EndMs - session.StartMs);
        to.VarInt(session.EventCount);
        to.VarInt(session.PageViewCount);
        to.VarInt(session.ClickCount);
        to.VarInt(session.PurchaseCount);
        to.List(session.PagesVisited, Write);
        to.Byte(session.PagesVisitedCut ? (byte)1 : (byte)0);
        WriteOrNull(to, session.EntryPage);
        WriteOrNull(to, session.ExitPage);
        WriteOrNull(to, session.Referrer);
        WriteOrNull(to, session.DeviceType);
        WriteOrNull(to, session.Country);
        to.Byte(session.Revenue is null ? (byte)0 : (byte)1);
        to.Signed((long)((session.Revenue ?? 0) * 10_000));
        WriteOrNull(to, session.Currency);
        to.List(session.Replaces, Write);
    }

    private static Session ReadOne(ref ByteReader from)
    {
        string sessionId = Text(ref from);
        string userId = Text(ref from);
        long startMs = from.Long("a start");
        return new Session
        {
            SessionId = sessionId,
            UserId = userId,
            StartMs = startMs,
            EndMs = startMs + from.VarInt(long.MaxValue - Math.Max(startMs, 0), "a duration"),
            EventCount = from.VarInt(long.MaxValue, "events"),
            PageViewCount = from.VarInt(long.MaxValue, "events"),
            ClickCount = from.VarInt(long.MaxValue, "events"),
            PurchaseCount = from.VarInt(long.MaxValue, "events"),
            PagesVisited = from.List("pages", Text),
            PagesVisitedCut = from.Byte("a flag") != 0,
            EntryPage = TextOrNull(ref from),
            ExitPage = TextOrNull(ref from),
            Referrer = TextOrNull(ref from),
            DeviceType = TextOrNull(ref from),
            Country = TextOrNull(ref from),
            Revenue = Amount(ref from),
            Currency = TextOrNull(ref from),
            Replaces = from.List("replaced sessions", Text),
        };
    }

    private static decimal? Amount(ref ByteReader from)
    {
        bool isThere = from.Byte("a flag") != 0;
        decimal amount = from.Signed("revenue") / 10_000m;
        return isThere ? amount : null;
    }

    private static void Write(ByteWriter to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        to.VarInt(bytes.Length);
        to.Bytes(bytes);
    }

    private static void WriteOrNull(ByteWriter to, string? text)
    {
        to.Byte(text is null ? (byte)0 : (byte)1);
        if (text is not null)
        {
            Write(to, text);
        }
    }

    private static string Text(ref ByteReader from) =>
        Encoding.UTF8.GetString(from.Bytes((int)from.VarInt(MaxTextBytes, "a text"), "a text"));

    private static string? TextOrNull(ref ByteReader from) => from.Byte("a flag") == 0 ? null : Text(ref from);
}
