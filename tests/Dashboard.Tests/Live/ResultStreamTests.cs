using System.Text;
using Tidemark.Core.Results;
using Tidemark.Dashboard.Live;
using Tidemark.Dashboard.Tests.Support;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Tests.Live;

public sealed class ResultStreamTests
{
    private static readonly IReadOnlySet<string> All = new HashSet<string>();

    [Fact]
    public async Task Next_WindowsAfterJoining_AreTheirResultsInOrder()
    {
        ResultStream stream = new(new StreamLimits(), "e");
        stream.Append(Shop.Window("1min", 0));
        using ResultStream.Listener listener = await JoinAsync(stream, All);

        stream.Append(Shop.Window("1min", Shop.Minute));
        stream.Append(Shop.Window("1hour", 0));

        Event[] events = await NextAsync(listener);
        Assert.Equal(["e-2", "e-3"], events.Select(one => one.Id));
        Assert.Equal(
            [("1min", Shop.Minute), ("1hour", 0L)],
            events.Select(one => ResultJson.Read(Encoding.UTF8.GetBytes(one.Data))).Select(result => (result.Window, result.StartMs)));
    }

    [Fact]
    public async Task Listen_WithoutAnId_IsToldOneToResumeFrom()
    {
        ResultStream stream = new(new StreamLimits(), "e");
        Append(stream, 5);

        using ResultStream.Listener listener = stream.Listen(null, All)!;

        Event joined = Assert.Single(await NextAsync(listener));
        Assert.Equal(("joined", "e-5"), (joined.Name, joined.Id));
    }

    [Fact]
    public async Task Listen_WithTheLastId_GoesOnAfterIt()
    {
        ResultStream stream = new(new StreamLimits(), "e");
        Append(stream, 5);

        using ResultStream.Listener listener = stream.Listen("e-3", All)!;

        Assert.Equal(["e-4", "e-5"], (await NextAsync(listener)).Select(one => one.Id));
    }

    [Theory]
    [InlineData("e-1")]
    [InlineData("other-4")]
    [InlineData("e-6")]
    [InlineData("nonsense")]
    public async Task Listen_WithAnIdThatIsNotKept_IsToldToReadAnew(string id)
    {
        ResultStream stream = new(new StreamLimits { MaxEvents = 3 }, "e");
        Append(stream, 5);

        using ResultStream.Listener listener = stream.Listen(id, All)!;

        Event reset = Assert.Single(await NextAsync(listener));
        Assert.Equal(("reset", "e-5"), (reset.Name, reset.Id));
        stream.Append(Shop.Window("1min", 0));
        Assert.Equal(["e-6"], (await NextAsync(listener)).Select(one => one.Id));
    }

    [Fact]
    public async Task Next_ListenerFallsBehind_IsToldToReadAnewAndCostsNoMemory()
    {
        ResultStream stream = new(new StreamLimits { MaxBytes = 10_000 }, "e");
        using ResultStream.Listener slow = await JoinAsync(stream, All);

        Append(stream, 50);

        Assert.Equal("reset", (await NextAsync(slow))[0].Name);
    }

    [Fact]
    public async Task Next_OpenWindowsAndStatus_AreTheLatestOnly()
    {
        ResultStream stream = new(new StreamLimits(), "e");
        using ResultStream.Listener listener = await JoinAsync(stream, All);

        stream.SetLive([Shop.Window("1min", 0, Phase.Live, 1)]);
        stream.SetLive([Shop.Window("1min", 0, Phase.Live, 2), Shop.Window("1hour", 0, Phase.Live, 2)]);
        stream.SetStatus(json => json.WriteNumberValue(1));
        stream.SetStatus(json => json.WriteNumberValue(2));

        Event[] events = await NextAsync(listener);
        Assert.Equal(["live", "status"], events.Select(one => one.Name));
        Assert.Contains("\"sequence\":2", events[0].Data, StringComparison.Ordinal);
        Assert.Equal("2", events[1].Data);
    }

    [Fact]
    public async Task Next_FamiliesChosen_AreSentAlone()
    {
        ResultStream stream = new(new StreamLimits(), "e");
        using ResultStream.Listener listener = await JoinAsync(stream, new HashSet<string> { "1hour" });

        stream.Append(Shop.Window("1min", 0));
        stream.Append(Shop.Window("1hour", 0));

        Assert.Equal(["e-2"], (await NextAsync(listener)).Select(one => one.Id));
    }

    [Fact]
    public void Listen_TooMany_AreRefusedUntilOneGoes()
    {
        ResultStream stream = new(new StreamLimits { MaxClients = 1 }, "e");
        ResultStream.Listener first = stream.Listen(null, All)!;

        Assert.Null(stream.Listen(null, All));
        first.Dispose();
        first.Dispose();

        Assert.Equal(0, stream.Clients);
        Assert.NotNull(stream.Listen(null, All));
    }

    [Fact]
    public async Task Next_NothingForAWhile_IsAComment()
    {
        ResultStream stream = new(new StreamLimits { KeepAlive = TimeSpan.FromMilliseconds(1) }, "e");
        using ResultStream.Listener listener = await JoinAsync(stream, All);

        IReadOnlyList<ReadOnlyMemory<byte>> frames = await listener.NextAsync(TimeProvider.System, CancellationToken.None);

        Assert.StartsWith(":", Encoding.UTF8.GetString(Assert.Single(frames).Span), StringComparison.Ordinal);
    }

    /// <summary>A listener that has been told where the stream begins.</summary>
    private static async Task<ResultStream.Listener> JoinAsync(ResultStream stream, IReadOnlySet<string> families)
    {
        ResultStream.Listener listener = stream.Listen(null, families)!;
        Assert.Equal("joined", Assert.Single(await NextAsync(listener)).Name);
        return listener;
    }

    private static void Append(ResultStream stream, int count)
    {
        for (int i = 0; i < count; i++)
        {
            stream.Append(Shop.Window("1min", i * Shop.Minute));
        }
    }

    private static async Task<Event[]> NextAsync(ResultStream.Listener listener) =>
        [.. (await listener.NextAsync(TimeProvider.System, CancellationToken.None))
            .Select(frame => Event.Parse(Encoding.UTF8.GetString(frame.Span)))];

    private sealed record Event(string Name, string? Id, string Data)
    {
        public static Event Parse(string frame)
        {
            Assert.EndsWith("\n\n", frame, StringComparison.Ordinal);
            Dictionary<string, string> lines = frame.TrimEnd('\n').Split('\n')
                .Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
            return new Event(lines["event"], lines.GetValueOrDefault("id"), lines["data"]);
        }
    }
}
