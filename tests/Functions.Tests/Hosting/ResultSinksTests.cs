using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;
using Tidemark.Core.Results;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Hosting;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Hosting;

public class ResultSinksTests
{
    private readonly Mock<IResultSink> _redis = new();
    private readonly Mock<IResultSink> _lake = new();
    private readonly Lines _log = new();

    [Fact]
    public async Task WriteAsync_DashboardsAreAwayForAWhile_TellsTwiceAndTheLakeWaits()
    {
        using ResultSinks sinks = new([new NamedSink("Redis", _redis.Object, TakesLive: true), new NamedSink("Lake", _lake.Object)], _log);
        _redis.Setup(sink => sink.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new SinkException("away"));
        for (int attempt = 0; attempt < 100; attempt++)
        {
            await Assert.ThrowsAsync<SinkException>(() => sinks.WriteAsync(Result(), CancellationToken.None));
        }

        _lake.Verify(sink => sink.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), It.IsAny<CancellationToken>()), Times.Never);
        _redis.Setup(sink => sink.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);
        await sinks.WriteAsync(Result(), CancellationToken.None);
        await sinks.WriteAsync(Result(), CancellationToken.None);
        _lake.Verify(sink => sink.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), It.IsAny<CancellationToken>()), Times.Exactly(2));
        Assert.Equal(
            ["Redis does not accept results: writing is retried until it does", "Redis accepts results again"], _log.Told);
    }

    [Fact]
    public async Task MarkFinalAsync_OverlappingTicks_EachFamilyIsToldAndNothingBreaks()
    {
        using ResultSinks sinks = new([new NamedSink("Redis", _redis.Object, TakesLive: true)]);
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), async (i, stop) => await sinks.MarkFinalAsync($"w{i}", 1, stop));
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), async (i, stop) => await sinks.MarkFinalAsync($"w{i}", 1, stop));
        _redis.Verify(sink => sink.MarkFinalAsync(It.IsAny<string>(), 1, It.IsAny<CancellationToken>()), Times.Exactly(20_000));
    }

    [Fact]
    public async Task MarkFinalAsync_OlderTickEndsLast_IsNotRememberedForTheNewerOne()
    {
        TaskCompletionSource older = new();
        using ResultSinks sinks = new([new NamedSink("Lake", _lake.Object)]);
        _lake.Setup(sink => sink.MarkFinalAsync("w", 1, It.IsAny<CancellationToken>())).Returns(older.Task);
        Task first = sinks.MarkFinalAsync("w", 1, CancellationToken.None);
        Task second = sinks.MarkFinalAsync("w", 2, CancellationToken.None);
        older.SetResult();
        await Task.WhenAll(first, second);
        await sinks.MarkFinalAsync("w", 2, CancellationToken.None);
        _lake.Verify(sink => sink.MarkFinalAsync("w", 2, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Theory]
    [InlineData("Lake:Root", "../lake", false)]
    [InlineData("Redis:Endpoint", "nowhere:1", false)]
    [InlineData("KafkaGeneration", "2", true)]
    public void AddTidemark_NoSinkIsConfigured_IsSaidAtTheStart(string setting, string value, bool isSaid)
    {
        ServiceCollection services = new();
        services.AddTidemark(new ConfigurationBuilder().AddInMemoryCollection([new("KafkaBrokers", "b:1"),
            new("KafkaTopic", "t"), new("AzureWebJobs.SaslIngestFunction.Disabled", "true"), new(setting, value)]).Build());
        services.AddSingleton<ILogger<ResultSinks>>(_log);
        using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<ResultSinks>();
        Assert.Equal(isSaid, _log.Told.Contains(
            "No sink is configured (Redis__Endpoint, Lake__Root): windows are closed and become final, but are not written"));
    }

    [Fact]
    public async Task AddTidemark_LakeInAzurite_WritesThere()
    {
        using AzuriteServer server = AzuriteServer.Start();
        ServiceCollection services = new();
        services.AddTidemark(new ConfigurationBuilder().AddInMemoryCollection(
            [
                new("KafkaBrokers", "b:1"), new("KafkaTopic", "t"), new("AzureWebJobs.SaslIngestFunction.Disabled", "true"),
                new("Lake:Root", $"{server.BlobEndpoint}/lake/tidemark"),
            ]).Build());
        await using ServiceProvider provider = services.BuildServiceProvider();

        await provider.GetRequiredService<ResultSinks>().WriteAsync(Result(), CancellationToken.None);

        AzureLake lake = AzureLake.Open($"{server.BlobEndpoint}/lake/tidemark", new AzureLogin { ConnectionString = server.ConnectionString });
        List<WindowResult> written = [];
        await foreach (WindowResult result in new LakeReader(lake).ReadAsync("1min", new(long.MinValue, long.MaxValue), CancellationToken.None))
        {
            written.Add(result);
        }

        Assert.Equal(1, Assert.Single(written).Revision);
    }

    private static WindowResult Result() => new WindowMerger(Given.Options).Merge(
        Publication.Of(Given.Options.Windows[0], new(Given.Hour, Given.Minute(1)), Phase.OnTime, 1, null, []));

    private sealed class Lines : ILogger<ResultSinks>
    {
        public List<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Told.Add(formatter(state, exception));
    }
}
