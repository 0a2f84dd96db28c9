using System.Diagnostics;
using System.Globalization;
using Microsoft.DurableTask.Client;
using Tidemark.Core.Parsing;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Functions.Entities;
using Tidemark.Protocol;
using Tidemark.Sinks.Lake;
using Tidemark.Support.AzureStorageHost;
using Tidemark.Support.Durable;
using Tidemark.Support.Fixtures;
using Tidemark.Support.Oracle;

namespace Tidemark.AzureStorage.Tests;

/// <summary>A recorded topic with a task hub, a lake and a folder of its own, and what must be in them in the end.</summary>
internal sealed class Topic : IDisposable
{
    // Less than a minute on an idle machine. On one with other tests the emulator and the instances share what is left of two processors.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(400);
    private static int s_hubs;

    private readonly TempFolder _folder = new();
    private readonly ShopStream _stream;
    private readonly TaskHub _hub;
    private readonly TopicEntities _entities;

    public Topic(StorageFixture storage, int seed, int records = 900)
    {
        _stream = new ShopStream(seed, records);
        ConnectionString = storage.ConnectionString;
        HubName = string.Create(CultureInfo.InvariantCulture, $"hub{Interlocked.Increment(ref s_hubs)}");
        Folder = new AppFolder(_folder.Path);
        _stream.Log.Save(Folder.Log);
        _hub = new TaskHub(new TaskHubOptions(ConnectionString, HubName) { WorkerId = "observer" });
        _entities = new TopicEntities(_hub.Client.Entities, AppInstance.Options().Names, AppInstance.Options().Engine);
    }

    public string Path => _folder.Path;

    public string ConnectionString { get; }

    public string HubName { get; }

    public AppFolder Folder { get; }

    public RecordedLog Log => _stream.Log;

    /// <summary>Records that the trigger has committed.</summary>
    public long Committed => Enumerable.Range(0, Log.Partitions.Count).Sum(Folder.Committed);

    /// <summary>Closings that were written for dashboards, repetitions included.</summary>
    public int Written => ResultLine.Closings(Folder).Count();

    public void Dispose() => _folder.Dispose();

    /// <summary>Waits until something is so that happens in other processes; fails when an instance says why it is not.</summary>
    public static async Task UntilAsync(Func<Task<bool>> happened, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await happened())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"not within {Patience.TotalSeconds} s: {what}");
            }

            await Task.Delay(5);
        }
    }

    public static Task UntilAsync(Func<bool> happened, string what) => UntilAsync(() => Task.FromResult(happened()), what);

    /// <summary>Waits until every record is applied and every window of the stream is final.</summary>
    public async Task UntilFinalAsync()
    {
        try
        {
            await UntilAsync(
                async () =>
                {
                    TopicState state = await _entities.ReadTopicAsync(default);
                    return state.Families.Any() && state.Families.All(family => family.FinalBeforeMs >= _stream.LastMs);
                },
                "final");
        }
        catch (TimeoutException problem)
        {
            throw new TimeoutException($"{problem.Message}\n{await DescribeAsync()}");
        }
    }

    /// <summary>What is in the hub, for who has to find out why it is not what it should be.</summary>
    public async Task<string> DescribeAsync()
    {
        TopicState state = await _entities.ReadTopicAsync(default);
        IEnumerable<string> families = state.Families.Select(family => string.Create(
            CultureInfo.InvariantCulture, $"{family.Definition.Name} final before {family.FinalBeforeMs} published "
                + $"{string.Join(' ', family.Published.Select(window => $"{window.Key}:r{window.Value}"))}"));
        IEnumerable<string> panes = state.Panes.Select(pane => string.Create(CultureInfo.InvariantCulture, $"{pane.Key}:r{pane.Value.Revision}"));
        List<string> lines = [$"committed {Committed} of {Log.Count}, final {state.FinalMs}, panes {string.Join(' ', panes)}", .. families];
        for (int partition = 0; partition < Log.Partitions.Count; partition++)
        {
            PartitionState cursor = await _entities.ReadPartitionAsync(partition, default);
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"p{partition} next {cursor.Next} of "
                + $"{Log.Partitions[partition].Count} watermark {cursor.WatermarkMs} marks {string.Join(' ', cursor.Marks.Keys)}"));
        }

        await foreach (OrchestrationMetadata instance in _hub.Client.GetAllInstancesAsync())
        {
            if (!instance.IsCompleted && !instance.InstanceId.StartsWith('@'))
            {
                lines.Add($"{instance.InstanceId} {instance.RuntimeStatus} since {instance.CreatedAt:T}, last {instance.LastUpdatedAt:T}");
            }
        }

        return string.Join('\n', [.. lines, .. Folder.TroubleLines().TakeLast(20)]);
    }

    /// <summary>Fails unless every offset of every partition has had its outcome exactly once, and every dead letter is there.</summary>
    public async Task RequireAppliedAsync()
    {
        for (int partition = 0; partition < Log.Partitions.Count; partition++)
        {
            PartitionState cursor = await _entities.ReadPartitionAsync(partition, default);
            Assert.Equal(Log.Partitions[partition].Count, cursor.Next);
            Assert.Equal(OutcomesOf(_stream.Outcomes(partition)), OutcomesOf(cursor));
        }

        Assert.Equal(ExpectedLetters().Order(StringComparer.Ordinal), Folder.LetterLines().Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Fails unless the lake holds exactly the engine's windows, and no revision was ever written with two contents.</summary>
    public async Task RequireWindowsAsync()
    {
        Dictionary<(string Window, long StartMs, long EndMs), WindowResult> expected = _stream.Expected();
        LakeReader lake = new(LocalLake.OpenToRead(Folder.Lake));
        List<WindowResult> found = [];
        foreach (string family in await lake.ListFamiliesAsync(default))
        {
            await foreach (WindowResult result in lake.ReadAsync(family, new Interval(0, _stream.LastMs + (60 * 60_000)), default))
            {
                found.Add(result);
            }
        }

        Assert.Equal(
            expected.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {ResultText.Full(entry.Value)}"),
            found.OrderBy(result => (result.Window, result.StartMs, result.EndMs))
                .Select(result => $"{(result.Window, result.StartMs, result.EndMs)} {ResultText.Full(result)}"));
        Assert.All(ResultLine.Closings(Folder).GroupBy(line => line.Key), revision => Assert.Single(
            revision.Select(line => line.Content).Distinct()));
    }

    private IEnumerable<string> ExpectedLetters()
    {
        for (int partition = 0; partition < Log.Partitions.Count; partition++)
        {
            foreach ((int offset, OracleOutcome outcome) in _stream.Outcomes(partition).Index())
            {
                if (outcome.Result is not (OracleOutcome.Counted or OracleOutcome.Blank))
                {
                    yield return FormattableString.Invariant($"{partition} {offset} {outcome.Result}");
                }
            }
        }
    }

    /// <summary>The last event of the log, which the oracle does not know, is counted too.</summary>
    private static string OutcomesOf(IEnumerable<OracleOutcome> outcomes) => string.Join(' ', outcomes
        .Select(outcome => outcome.Result).Append(OracleOutcome.Counted)
        .GroupBy(result => result)
        .Select(group => $"{group.Key}={group.Count()}")
        .Order(StringComparer.Ordinal));

    private static string OutcomesOf(PartitionState cursor) => string.Join(' ', Enumerable.Range(0, RecordOutcomeNames.Count)
        .Select(outcome => (Name: ((RecordOutcome)outcome).Name(), Count: cursor.CountOf((RecordOutcome)outcome)))
        .Append((Name: OracleOutcome.Blank, Count: cursor.Blank))
        .Where(outcome => outcome.Count > 0)
        .Select(outcome => $"{outcome.Name}={outcome.Count}")
        .Order(StringComparer.Ordinal));
}
