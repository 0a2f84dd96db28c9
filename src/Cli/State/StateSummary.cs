using System.Text.Json;
using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Engine.Checkpoint;

namespace Tidemark.Cli.State;

/// <summary>What an engine knew, in a few numbers: for people, who do not have the configuration at hand that reading it all takes.</summary>
/// <param name="WatermarkMs">The highest watermark that windows were closed by, epoch milliseconds, or <see cref="EventTime.None"/>.</param>
/// <param name="OpenWindows">Windows that hold events and can still change.</param>
/// <param name="Partitions">Partitions.</param>
/// <param name="Counted">Events counted.</param>
/// <param name="Late">Events past their allowed lateness.</param>
/// <param name="Rejected">Records that could not be counted for any other reason.</param>
/// <param name="Unconfirmed">Results and notes that not every sink had confirmed.</param>
internal sealed record StateSummary(long WatermarkMs, int OpenWindows, int Partitions, long Counted, long Late, long Rejected, int Unconfirmed)
{
    /// <summary>Records read.</summary>
    public long Read => Counted + Late + Rejected;

    /// <summary>The numbers of a snapshot.</summary>
    public static StateSummary Of(EngineSnapshot engine, int unconfirmed)
    {
        long rejected = 0;
        for (RecordOutcome outcome = RecordOutcome.Counted; (int)outcome < RecordOutcomeNames.Count; outcome++)
        {
            rejected += outcome is RecordOutcome.Counted or RecordOutcome.Late ? 0 : engine.CountOf(outcome);
        }

        return new(engine.WatermarkMs, engine.OpenWindows, engine.Partitions,
            engine.CountOf(RecordOutcome.Counted), engine.CountOf(RecordOutcome.Late), rejected, unconfirmed);
    }

    /// <summary>Writes the properties of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (WatermarkMs == EventTime.None)
        {
            json.WriteNull("watermark");
        }
        else
        {
            json.WriteNumber("watermark", WatermarkMs);
        }

        json.WriteNumber("openWindows", OpenWindows);
        json.WriteNumber("partitions", Partitions);
        json.WriteNumber("read", Read);
        json.WriteNumber("counted", Counted);
        json.WriteNumber("late", Late);
        json.WriteNumber("rejected", Rejected);
        json.WriteNumber("unconfirmed", Unconfirmed);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static StateSummary ReadFrom(JsonElement json) => new(
        json.GetProperty("watermark") is { ValueKind: JsonValueKind.Number } watermark ? watermark.GetInt64() : EventTime.None,
        json.GetProperty("openWindows").GetInt32(),
        json.GetProperty("partitions").GetInt32(),
        json.GetProperty("counted").GetInt64(),
        json.GetProperty("late").GetInt64(),
        json.GetProperty("rejected").GetInt64(),
        json.GetProperty("unconfirmed").GetInt32());
}
