using Microsoft.Extensions.Logging;
using Moq;
using Tidemark.Aggregation.Closing;
using Tidemark.Functions.Closing;
using Tidemark.Functions.Tests.Protocol;
using Tidemark.Storage;

namespace Tidemark.Functions.Tests.Hosting;

public class ResultSinksTests
{
    private readonly Mock<IResultSink> _redis = new();
    private readonly Mock<IResultSink> _lake = new();
    private readonly Lines _log = new();

    [Fact]
    public async Task WriteAsync_DashboardsAreAwayForAWhile_TellsTwiceAndTheLakeWaits()
    {
        using ResultSinks sinks = new(_redis.Object, _lake.Object, _log);
        _redis.Setup(sink => sink.WriteAsync(It.IsAny<IReadOnlyList<WindowResult>>(), It.IsAny<CancellationToken>())).ThrowsAsync(new SinkException("away"));
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
            ["The dashboards' sink (Redis) does not take results: they are written again until it does", "The dashboards' sink (Redis) takes results again"], _log.Told);
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
