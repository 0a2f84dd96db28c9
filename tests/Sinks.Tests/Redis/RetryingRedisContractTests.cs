using Tidemark.Core.Results;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>The Redis sink as hosts use it, with retries around it: failures do not reach the writer.</summary>
public sealed class RetryingRedisContractTests : SinkContract
{
    protected override bool FailuresReachTheWriter => false;

    protected override async Task<ISinkUnderTest> OpenAsync() => new Retrying(await RedisUnderTest.OpenAsync());

    private sealed class Retrying : ISinkUnderTest
    {
        private readonly ISinkUnderTest _inner;
        private readonly RetryingSink _sink;

        public Retrying(ISinkUnderTest inner)
        {
            _inner = inner;
            RetryOptions options = new() { FirstDelay = TimeSpan.FromMilliseconds(2), MaxDelay = TimeSpan.FromMilliseconds(20) };
            _sink = new RetryingSink(inner.Sink, "Redis", options, _ => { }, TimeProvider.System);
        }

        public IResultSink Sink => _sink;

        public async Task<WindowResult?> ReadAsync(WindowResult window)
        {
            await FlushedAsync();
            return await _inner.ReadAsync(window);
        }

        public async Task<IReadOnlyDictionary<string, string>> DumpAsync()
        {
            await FlushedAsync();
            return await _inner.DumpAsync();
        }

        public async Task<IDisposable> BreakAsync()
        {
            await FlushedAsync();
            return await _inner.BreakAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _sink.DisposeAsync();
            await _inner.DisposeAsync();
        }

        private async Task FlushedAsync() => Assert.True(await _sink.FlushAsync(Until.Patience, default));
    }
}
