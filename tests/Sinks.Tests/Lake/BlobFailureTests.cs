using System.Net;
using System.Text;
using Tidemark.Sinks.Lake;
using static Tidemark.Sinks.Tests.Lake.FaultyHttp;
using static Tidemark.Sinks.Tests.Lake.LakeSamples;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>Answers that are lost, delayed or refusals, between the client and Azurite.</summary>
[Collection("azurite")]
public sealed class BlobFailureTests(AzuriteFixture azurite)
{
    private const string File = "metrics_1min/date=2026-11-22/hour=06/1795327200.parquet";

    private readonly BlobBench _bench = azurite.Open();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sink_WrittenThoughTheAnswerWasLost_IsTakenAsWritten(long revision)
    {
        await _bench.Raw.CreateAsync();
        if (revision > 1)
        {
            await new LakeSink(_bench.Lake, Families).WriteAsync([Result(OneMinute, Start)], default);
        }

        FaultyHttp http = LosingAnswers(HttpMethod.Put, 2); // of the breakdown and of the window
        LakeSink sink = new(_bench.Through(http), Families);

        await sink.WriteAsync([Result(OneMinute, Start, revision)], default);

        Assert.Equal(4, http.Requests.Count(request => request == "PUT 1795327200.parquet"));
        Assert.Equal([Json(Result(OneMinute, Start, revision))], (await ReadAllAsync(_bench.Lake, "1min")).Select(Json));
        Assert.Empty(sink.Ahead);
    }

    [Fact]
    public async Task Sink_NoAnswerEverCame_FailsAndTheNextAttemptFindsItWritten()
    {
        await _bench.Raw.CreateAsync();
        FaultyHttp http = new(async (request, pass) =>
        {
            HttpResponseMessage answer = await pass();
            return request.Method == HttpMethod.Get || PathOf(request).Contains("metrics_breakdown", StringComparison.Ordinal)
                ? answer : throw new HttpRequestException("The connection was closed");
        });

        SinkException error = await Assert.ThrowsAsync<SinkException>(
            () => new LakeSink(_bench.Through(http), Families).WriteAsync([Result(OneMinute, Start)], default));
        LakeSink next = new(_bench.Lake, Families);
        await next.WriteAsync([Result(OneMinute, Start)], default);

        Assert.True(error.IsTransient);
        Assert.Equal((0, 1), (next.Written, next.Unchanged));
        Assert.Equal([Json(Result(OneMinute, Start))], (await ReadAllAsync(_bench.Lake, "1min")).Select(Json));
    }

    [Fact]
    public async Task DeleteAsync_DoneThoughTheAnswerWasLost_IsGone()
    {
        await _bench.Lake.WriteAsync(File, "one"u8.ToArray(), null, default);
        string tag = (await _bench.Lake.ReadAsync(File, default))!.Tag;

        Assert.True(await _bench.Through(LosingAnswers(HttpMethod.Delete, 1)).DeleteAsync(File, tag, default));

        Assert.Null(await _bench.Lake.ReadAsync(File, default));
    }

    [Fact]
    public async Task Request_ThrottledAFewTimes_IsTriedAgain()
    {
        int left = 3;
        FaultyHttp http = new((_, pass) => left-- > 0 ? Task.FromResult(Answer(503, "ServerBusy")) : pass());
        await _bench.Raw.CreateAsync();

        Assert.True(await _bench.Through(http).WriteAsync(File, "one"u8.ToArray(), null, default));

        Assert.Equal(4, http.Requests.Count);
        Assert.NotNull(await _bench.Lake.ReadAsync(File, default));
    }

    [Theory]
    [InlineData(503, "ServerBusy", 7, true, "")]
    [InlineData(500, "OperationTimedOut", 7, true, "")]
    [InlineData(429, "TooManyRequests", 7, true, "")]
    [InlineData(403, "AuthenticationFailed", 1, false, "; the key or signature is not the account's, or the clock of this machine is wrong")]
    [InlineData(403, "AuthorizationPermissionMismatch", 1, false, "; the identity needs the role Storage Blob Data Contributor on the container")]
    [InlineData(403, "AuthorizationFailure", 1, false, "; the network rules of the account, or the rights of the signature, do not allow it")]
    [InlineData(403, "KeyBasedAuthenticationNotPermitted", 1, false,
        "; the account takes no keys: leave the connection string out, to come as an identity")]
    [InlineData(400, "InvalidHeaderValue", 1, false, "; start Azurite with --skipApiVersionCheck: it is older than this client")]
    [InlineData(409, "ContainerBeingDeleted", 1, false, "")]
    [InlineData(409, "BlobImmutableDueToPolicy", 1, false, "")]
    [InlineData(412, "LeaseIdMissing", 1, false, "")]
    public async Task Request_RefusedForGood_IsToldWithoutTheServicesMessage(int status, string code, int tries, bool isTransient, string advice)
    {
        FaultyHttp http = new((_, _) => Task.FromResult(Answer(status, code)));
        BlobLake lake = _bench.Through(http);

        SinkException write = await Assert.ThrowsAsync<SinkException>(() => lake.WriteAsync(File, new byte[1], "\"0x1\"", default));

        Assert.Equal($"cannot write {_bench.Root}/{File}: Azure answered {status} {code}{advice}", write.Message);
        Assert.Equal((tries, isTransient), (http.Requests.Count, write.IsTransient));
        Assert.DoesNotContain("SECRET", write.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_NobodyThere_IsToldAfterAllTries()
    {
        FaultyHttp http = new((_, _) => throw new HttpRequestException("Connection refused (SECRET)"));

        SinkException read = await Assert.ThrowsAsync<SinkException>(() => _bench.Through(http).ReadAsync(File, default));
        SinkException list = await Assert.ThrowsAsync<SinkException>(() => _bench.Through(http).ListFoldersAsync("", default));

        Assert.Equal($"cannot read {_bench.Root}/{File}: no answer from Azure (AggregateException)", read.Message);
        Assert.Equal($"cannot list {_bench.Root}/: no answer from Azure (AggregateException)", list.Message);
        Assert.True(read.IsTransient);
        Assert.DoesNotContain("SECRET", read.ToString() + list, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadAsync_ConnectionBreaksInTheMiddle_GivesOneWholeVersion(bool isReplacedMeanwhile)
    {
        string first = new('a', 100_000);
        string second = new('b', 50_000);
        await _bench.Lake.WriteAsync(File, Encoding.ASCII.GetBytes(first), null, default);
        bool isFirst = true;
        FaultyHttp http = new(async (_, pass) =>
        {
            HttpResponseMessage answer = await pass();
            if (isFirst)
            {
                isFirst = false;
                answer.Content = new BrokenContent(answer.Content, await answer.Content.ReadAsByteArrayAsync());
                if (isReplacedMeanwhile)
                {
                    await _bench.Lake.WriteAsync(File, Encoding.ASCII.GetBytes(second), answer.Headers.ETag!.Tag, default);
                }
            }

            return answer;
        });

        LakeFile? file = await _bench.Through(http).ReadAsync(File, default);

        Assert.Equal(isReplacedMeanwhile ? second : first, Encoding.ASCII.GetString(file!.Content.Span));
        Assert.Equal((await _bench.Lake.ReadAsync(File, default))!.Tag, file.Tag);
        Assert.True(http.Requests.Count >= 2, "the rest was asked for");
    }

    [Fact]
    public async Task WriteAsync_Cancelled_StopsAtOnce()
    {
        using CancellationTokenSource stop = new();
        FaultyHttp http = new(async (_, _) =>
        {
            await stop.CancelAsync();
            return Answer(503, "ServerBusy");
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.Through(http).WriteAsync(File, new byte[1], null, stop.Token));
        Assert.Single(http.Requests);
    }

    /// <summary>The service executes the request, and the connection ends before the response.</summary>
    private static FaultyHttp LosingAnswers(HttpMethod method, int count) => new(async (request, pass) =>
    {
        HttpResponseMessage answer = await pass();
        if (request.Method == method && answer.IsSuccessStatusCode && Interlocked.Decrement(ref count) >= 0)
        {
            answer.Dispose();
            throw new HttpRequestException("The connection was closed");
        }

        return answer;
    });

    /// <summary>Content that ends in an error after its first half.</summary>
    private sealed class BrokenContent : HttpContent
    {
        private readonly byte[] _content;

        public BrokenContent(HttpContent original, byte[] content)
        {
            _content = content;
            foreach ((string name, IEnumerable<string> values) in original.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task<Stream> CreateContentReadStreamAsync() =>
            Task.FromResult<Stream>(new BrokenStream(_content[..(_content.Length / 2)]));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            throw new IOException("The connection was closed");

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Length;
            return true;
        }
    }

    private sealed class BrokenStream(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("The connection was closed");

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, count) is > 0 and var read ? read : throw new IOException("The connection was closed");
    }
}
