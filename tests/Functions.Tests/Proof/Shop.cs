using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>A web shop whose events happen now: for tests about time, where the random streams' times are anywhere.</summary>
internal sealed class Shop
{
    private int _users;

    public Shop(int seed, int partitions, EngineOptions? engine = null, Faults? faults = null)
    {
        App = new App(seed, engine ?? new EngineOptions(), partitions, faults);
        App.Trigger.Start(1);
        App.Ticker.Start();
    }

    public App App { get; }

    public World World => App.World;

    /// <summary>Events that happen now, or that happened at another time and come now.</summary>
    public void Click(int partition, int events = 1, DateTimeOffset? at = null)
    {
        for (int i = 0; i < events; i++)
        {
            string line = string.Create(CultureInfo.InvariantCulture,
                $$"""{"timestamp":{{(at ?? World.Now).ToUnixTimeMilliseconds()}},"event_type":"click","user_id":"u{{_users++ % 97}}"}""");
            App.Log.Append(partition, Encoding.UTF8.GetBytes(line), World.Now.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Some time in which each second brings events to some partitions.</summary>
    public void Run(TimeSpan span, params int[] partitions)
    {
        for (DateTimeOffset until = World.Now + span; World.Now < until;)
        {
            foreach (int partition in partitions)
            {
                Click(partition, 2);
            }

            World.RunFor(TimeSpan.FromSeconds(1));
        }
    }

    public WindowResult? Last(string window, DateTimeOffset start) =>
        App.Sinks.Last.Values.FirstOrDefault(result => result.Window == window && result.StartMs == start.ToUnixTimeMilliseconds());
}
