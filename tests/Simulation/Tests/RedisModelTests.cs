using System.Globalization;
using System.Text;
using StackExchange.Redis;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Simulation.Redis;
using Tidemark.Sinks.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Simulation.Tests;

/// <summary>
/// Goal: the model behaves like Redis. Method: the same random calls of the production sink's scripts to the model and to a real server,
/// with the same answers and the same keys.
/// </summary>
public sealed class RedisModelTests
{
    [Fact]
    public async Task Evaluate_SameScriptsAsARealServer_SameAnswersAndKeys()
    {
        using RedisServer server = RedisServer.Start();
        using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        IDatabase real = connection.GetDatabase();
        RedisStore model = new(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        Forged history = new((facts, violations) => new Invariants.Liveness(facts, violations));
        Random random = new(7);
        List<(string Real, string Model)> answers = [];
        IDatabase both = ScriptDatabase.Over(async (script, keys, values) =>
        {
            RedisResult answer = await real.ScriptEvaluateAsync(
                script, [.. keys.Select(key => (RedisKey)key)], [.. values.Select(value => (RedisValue)value)]);
            object? modelled = LuaScripts.OfThread.Evaluate(model, script, keys, values);
            answers.Add((answer.IsNull ? "" : ((long)answer).ToString(CultureInfo.InvariantCulture),
                Convert.ToString(modelled, CultureInfo.InvariantCulture) ?? ""));
            return modelled;
        });
        RedisOptions options = new() { Endpoint = server.Endpoint, MaxLive = 3, MaxSessions = 9 };
        RedisSink sink = await RedisSink.OpenAsync(
            RedisConnection.Over(options, TimeProvider.System, both), history.Engine.Windows, CancellationToken.None);
        for (int i = 0; i < 400; i++)
        {
            long start = Forged.Pane + (60_000 * random.Next(12));
            bool isLive = random.Next(3) == 0;
            WindowResult result =
                history.Result(1 + random.Next(4), isLive ? 0 : 1 + random.Next(5)) with { StartMs = start, EndMs = start + 60_000 };
            await (random.Next(12) == 0
                ? sink.MarkFinalAsync("1min", start - 180_000, CancellationToken.None)
                : sink.WriteAsync([isLive ? result with { Phase = Phase.Live, Sequence = random.Next(9) } : result], CancellationToken.None));
            await (random.Next(12) == 0
                ? sink.MarkFinalAsync(EndedSessions.Name, start - 180_000, CancellationToken.None)
                : sink.WriteSessionsAsync(Sessions(start, random), CancellationToken.None));
        }

        Assert.All(answers, answer => Assert.Equal(answer.Real, answer.Model));
        Assert.Contains(answers, answer => answer.Real == "0");
        Assert.Equal(Keys(connection.GetServer(server.Endpoint)), model.Keys);
        foreach (string key in model.Keys)
        {
            Assert.Equal(await DumpAsync(real, key), Dump(model, key));
        }
    }

    [Fact]
    public void Evaluate_UnknownCommand_Fails() =>
        Assert.Contains("no command 'FLUSHALL'", Assert.Throws<RedisErrorException>(
            () => LuaScripts.OfThread.Evaluate(new RedisStore(() => 0), "return redis.call('FLUSHALL')", [], [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_KeyPastItsTime_IsGone()
    {
        long nowMs = 1_000;
        RedisStore store = new(() => nowMs);
        store.Run([.. new[] { "SET", "a", "1", "PX", "50" }.Select(Encoding.ASCII.GetBytes)]);
        nowMs = 1_049;
        Assert.NotNull(store.Find("a"));
        nowMs = 1_050;
        Assert.Null(store.Find("a"));
    }

    private static EndedSessions Sessions(long minuteMs, Random random)
    {
        long revision = 1 + random.Next(5);
        Session[] sessions = [.. Enumerable.Range(0, 4).Where(_ => random.Next(2) == 0).Select(user => SessionRow.Blank.Session with
        {
            SessionId = $"{user:x16}-{minuteMs}", UserId = $"user {user}", StartMs = minuteMs, EndMs = minuteMs + random.Next(60_000),
        })];
        return new EndedSessions(new Interval(minuteMs, minuteMs + 60_000), Phase.OnTime, revision, null, sessions);
    }

    private static string[] Keys(IServer server) => [.. server.Keys().Select(key => key.ToString()).Order(StringComparer.Ordinal)];

    private static async Task<string> DumpAsync(IDatabase real, string key) => await real.KeyTypeAsync(key) switch
    {
        RedisType.String => RedisStore.Latin((byte[])(await real.StringGetAsync(key))!),
        RedisType.Hash => string.Join('\n', (await real.HashGetAllAsync(key))
            .Select(field => $"{field.Name}={RedisStore.Latin((byte[])field.Value!)}").Order(StringComparer.Ordinal)),
        _ => string.Join('\n', (await real.SortedSetRangeByRankWithScoresAsync(key)).Select(
            member => Member(key, member.Element.ToString(), member.Score))),
    };

    private static string Dump(RedisStore model, string key) => model.Find(key)!.Value switch
    {
        byte[] text => RedisStore.Latin(text),
        Dictionary<string, byte[]> hash =>
            string.Join('\n', hash.Select(field => $"{field.Key}={RedisStore.Latin(field.Value)}").Order(StringComparer.Ordinal)),
        var set => string.Join('\n', RedisStore.Sorted((Dictionary<string, double>)set).Select(member => Member(key, member.Key, member.Value))),
    };

    /// <summary>Expiries come from two clocks that differ by some milliseconds.</summary>
    private static string Member(string key, string member, double score) =>
        key.EndsWith(":expiries", StringComparison.Ordinal) ? "" : string.Create(CultureInfo.InvariantCulture, $"{member}={score}");
}
