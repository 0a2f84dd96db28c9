using System.Globalization;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>A whole life of the app: records arrive, timers tick, and after the last record everything becomes final.</summary>
internal static class Day
{
    /// <summary>Lets the records arrive within some minutes, while everything runs.</summary>
    public static List<LogRecord> Feed(App app, Stream stream, int instances = 2)
    {
        List<LogRecord> records = [];
        app.Trigger.Start(instances);
        app.Ticker.Start();
        app.Live.Start();
        app.Rescue.Start();
        app.Sweep.Start();
        Random random = app.World.Random;
        for (int i = 0; i < stream.Records.Count;)
        {
            int burst = Math.Min(stream.Records.Count - i, 1 + random.Next(40));
            foreach ((int partition, byte[] line) in stream.Records.Skip(i).Take(burst))
            {
                records.Add(app.Log.Append(partition, line, stream.Options.ArrivalMs));
            }

            i += burst;
            app.World.RunFor(TimeSpan.FromSeconds(random.Next(8)));
        }

        app.World.RunUntil(() => app.Trigger.HasCommittedAll, TimeSpan.FromHours(1), "all committed");

        // A batch that was committed and never delivered is found by the timer, once its partition has stood still for some minutes.
        app.World.RunFor(app.Trigger.LostBatches > 0 ? TimeSpan.FromMinutes(20) : TimeSpan.FromSeconds(5));
        return records;
    }

    /// <summary>
    /// Silence, until the partitions are idle and the last window is due. No timer ticks meanwhile: it is one long outage, and the backlog
    /// is worked off afterwards.
    /// </summary>
    public static void Finish(App app, Stream stream)
    {
        app.Trigger.Stop();
        Ticker[] timers = [app.Ticker, app.Live, app.Rescue, app.Sweep];
        Array.ForEach(timers, timer => timer.Stop());
        TimeSpan longest = app.Engine.Windows.Max(window => window.Size);
        app.World.RunFor(app.Engine.IdleTimeout + (longest * 2) + app.Engine.MaxOutOfOrderness + app.Engine.AllowedLateness + TimeSpan.FromHours(1));
        Array.ForEach(timers, timer => timer.Start());
        if (stream.Records.Count > 0)
        {
            app.World.RunUntil(() => IsFinal(app), TimeSpan.FromHours(1), "everything final", () => Describe(app));
        }

        Array.ForEach(timers, timer => timer.Stop());
        app.World.RunFor(TimeSpan.FromMinutes(30));
    }

    private static string Describe(App app)
    {
        TopicState state = app.Topic();
        string cursors = string.Join(
            '\n',
            Enumerable.Range(0, app.Log.Partitions).Select(app.Cursor).Select((cursor, partition) => string.Create(
                CultureInfo.InvariantCulture,
                $"p{partition} next {cursor.Next} watermark {cursor.WatermarkMs} greatest {cursor.MaxEventTimeMs} "
                    + $"marks {string.Join(' ', cursor.Marks.Keys)}")));
        string families = string.Join('\n', state.Families.Select(family => string.Create(
            CultureInfo.InvariantCulture,
            $"{family.Definition.Name} final before {family.FinalBeforeMs} published "
                + $"{string.Join(' ', family.Published.Select(window => $"{window.Key}:r{window.Value}"))}")));
        string panes = string.Join(' ', state.Panes.Select(pane => FormattableString.Invariant($"{pane.Key}:r{pane.Value.Revision}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"final {state.FinalMs} running {app.Host.Orchestrations.Running} panes {panes}\n"
                + $"{families}\n{cursors}\nfailed {string.Join(' ', app.Ticker.Failures)}");
    }

    private static bool IsFinal(App app)
    {
        // Looking is not for free: now and then is enough.
        if (app.World.Steps % 64 != 0)
        {
            return false;
        }

        TopicState state = app.Topic();
        return app.Host.Orchestrations.Running == 0
            && Enumerable.Range(0, app.Log.Partitions).All(partition => app.Cursor(partition).Marks.Count == 0)
            && state.Panes.Count == 0;
    }
}
