using Tidemark.Core;
using Tidemark.Core.Parsing;
using Tidemark.Protocol;
using Tidemark.Support.Durable;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>
/// Goal: partitions that fall silent, are lifted and return lose nothing and double nothing, though what is late then depends on when they
/// were lifted. Method: random silences under all faults; every event counted by a cursor must be in exactly one minute that was written, and
/// the sinks refuse two contents of one revision and anything that comes after its window was final.
/// </summary>
public sealed class IdleTests
{
    private static readonly EngineOptions Options = new()
    {
        Windows = [new() { Name = "1min", Size = TimeSpan.FromMinutes(1) },
            new() { Name = "3min", Size = TimeSpan.FromMinutes(3), Slide = TimeSpan.FromMinutes(1) }],
        AllowedLateness = TimeSpan.FromSeconds(30),
        MaxOutOfOrderness = TimeSpan.FromSeconds(3),
        IdleTimeout = TimeSpan.FromSeconds(5),
    };

    [Theory]
    [InlineData(CommitModel.Atomic)]
    [InlineData(CommitModel.OutboundFirst)]
    internal void Close_PartitionsFallSilentAndReturn_EveryCountedEventIsInOneMinute(CommitModel commit)
    {
        long late = 0;
        for (int seed = 6000; seed < 6000 + (25 * Seeds.Factor); seed++)
        {
            late += Run(seed, commit);
        }

        Assert.True(late > 100, $"only {late} late events: the lifts are tested too little");
    }

    private static long Run(int seed, CommitModel commit)
    {
        int partitions = 2 + (seed % 4);
        Shop shop = new(seed, partitions, Options, Faults.Many with { Commit = commit, LongDelay = TimeSpan.FromMinutes(2) });
        shop.App.Trigger.Faults = TriggerFaults.Many;
        (shop.App.Sinks.FailsBefore, shop.App.Sinks.FailsAfter) = (0.05, 0.05);
        shop.App.Rescue.Start();
        shop.App.Sweep.Start();
        shop.App.Live.Start();
        Arrive(shop, partitions);

        shop.World.Faults = Faults.None;
        shop.App.Trigger.Faults = TriggerFaults.None;
        (shop.App.Sinks.FailsBefore, shop.App.Sinks.FailsAfter) = (0, 0);
        shop.World.RunFor(TimeSpan.FromMinutes(20));
        return Check(shop, partitions);
    }

    private static void Arrive(Shop shop, int partitions)
    {
        Random random = shop.World.Random;
        bool[] silent = new bool[partitions];
        for (int second = 0; second < 300; second++)
        {
            int turn = random.Next(partitions * 8);
            if (turn < partitions)
            {
                silent[turn] = !silent[turn];
            }

            for (int partition = 0; partition < partitions; partition++)
            {
                if (!silent[partition] && random.Next(3) > 0)
                {
                    // Mostly new; some for a pane that is closed or final.
                    shop.Click(partition, 1 + random.Next(3), shop.World.Now.AddSeconds(random.Next(6) == 0 ? -random.Next(150) : -random.Next(4)));
                }
            }

            shop.World.RunFor(TimeSpan.FromSeconds(1));
        }
    }

    private static long Check(Shop shop, int partitions)
    {
        long counted = 0;
        long late = 0;
        for (int partition = 0; partition < partitions; partition++)
        {
            PartitionState cursor = shop.App.Cursor(partition);
            long outcomes = cursor.Counted + cursor.CountOf(RecordOutcome.Late) + cursor.Rejected + cursor.Blank + cursor.Missing;
            if (cursor.Next != shop.App.Log.EndOf(partition) || outcomes != cursor.Next - cursor.Start)
            {
                throw shop.World.Failure($"p{partition}: {outcomes} outcomes, next {cursor.Next} of {shop.App.Log.EndOf(partition)}", null);
            }

            counted += cursor.Counted;
            late += cursor.CountOf(RecordOutcome.Late);
        }

        long written = shop.App.Sinks.Last.Values.Where(result => result.Window == "1min").Sum(result => result.TotalEvents);
        long tripled = shop.App.Sinks.Last.Values.Where(result => result.Window == "3min").Sum(result => result.TotalEvents);
        if (written != counted || tripled != 3 * counted)
        {
            throw shop.World.Failure($"{counted} events were counted, {written} are in minutes and {tripled} in three minutes each", null);
        }

        return late;
    }
}
