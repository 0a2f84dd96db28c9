using Tidemark.Core.Results;
using Tidemark.Support.Durable;
using Tidemark.Support.Oracle;

namespace Tidemark.Functions.Tests.Proof;

/// <summary>The local engine on the same partitions: what it says last about each window is what the app must say.</summary>
internal static class Engine
{
    public static Dictionary<(string Window, long StartMs, long EndMs), WindowResult> Last(Stream stream)
    {
        EngineHarness harness = new(stream.Engine, stream.Partitions, stream.Options.LatestMs);
        foreach ((int partition, byte[] line) in stream.Records)
        {
            harness.Feed(partition, line);
        }

        harness.Engine.Complete();
        return harness.Last();
    }

    /// <summary>Fails unless the sinks hold exactly what the engine published last.</summary>
    public static void RequireSame(App app, IReadOnlyDictionary<(string Window, long StartMs, long EndMs), WindowResult> expected)
    {
        foreach (((string Window, long StartMs, long EndMs) window, WindowResult result) in expected)
        {
            string wanted = ResultText.Full(result);
            string found = app.Sinks.Last.TryGetValue(window, out WindowResult? written) ? ResultText.Full(written) : "nothing";
            if (wanted != found)
            {
                throw app.World.Failure($"{window}\nexpected {wanted}\nfound    {found}", null);
            }
        }

        foreach ((string Window, long StartMs, long EndMs) window in app.Sinks.Last.Keys.Where(window => !expected.ContainsKey(window)))
        {
            throw app.World.Failure($"{window} was written, and the engine has no such window", null);
        }
    }
}
