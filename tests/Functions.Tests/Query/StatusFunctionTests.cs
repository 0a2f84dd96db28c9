using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Moq;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Query;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Query;

/// <summary>What the two HTTP functions answer.</summary>
public sealed class StatusFunctionTests : IDisposable
{
    private readonly MockedApp _app = new(now: 3);

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task GetHealth_StoreAndBrokerAnswer_200()
    {
        (int code, JsonElement body) = await HealthAsync();
        Assert.Equal(200, code);
        Assert.True(body.GetProperty("healthy").GetBoolean());
        _app.Entities.Verify(c => c.GetEntityAsync<byte[]>(MockedApp.Names.Topic, true, _app.Token), Times.Once);
        _app.Broker.Verify(b => b.PingAsync(_app.Token), Times.Once);
    }

    [Fact]
    public async Task GetHealth_BrokerAway_503AndWhy()
    {
        _app.Broker.Setup(b => b.PingAsync(_app.Token)).ThrowsAsync(new TimeoutException("nobody there"));
        (int code, JsonElement body) = await HealthAsync();
        Assert.Equal(503, code);
        Assert.False(body.GetProperty("healthy").GetBoolean());
        Assert.Equal("The broker cannot be used: TimeoutException: nobody there", body.GetProperty("problem").GetString());
    }

    [Fact]
    public async Task GetHealth_BothAway_NamesBoth()
    {
        _app.FailStore(new InvalidOperationException("no queue"));
        _app.Broker.Setup(b => b.PingAsync(_app.Token)).Throws(new TimeoutException("nobody there"));
        string problem = (await HealthAsync()).Body.GetProperty("problem").GetString()!;
        Assert.Equal("The durable store cannot be used: InvalidOperationException: "
            + "no queue The broker cannot be used: TimeoutException: nobody there", problem);
    }

    [Fact]
    public async Task GetHealth_StoreGivesUpByItself_IsAProblemToo()
    {
        _app.FailStore(new TaskCanceledException("the client's own time-out"));
        (int code, JsonElement body) = await HealthAsync();
        Assert.Equal(503, code);
        Assert.Contains("The durable store cannot be used", body.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetHealth_Cancelled_Throws()
    {
        _app.Broker.Setup(b => b.PingAsync(_app.Token)).Returns(new TaskCompletionSource().Task);
        Task health = HealthAsync();
        _app.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => health);
    }

    [Theory]
    [InlineData("login failed for hunter2")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0==;EndpointSuffix=core.windows.net")]
    [InlineData("Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey = c2VjcmV0==")]
    [InlineData("GET https://a.blob.core.windows.net/c?sv=2024&sig=c2VjcmV0%3D failed")]
    [InlineData("server:6380,password=c2VjcmV0,ssl=True")]
    public async Task GetHealthAndStatus_ErrorQuotesASecret_ItIsHidden(string message)
    {
        _app.FailStore(new InvalidOperationException(message));
        string health = (await HealthAsync()).Body.GetProperty("problem").GetString()!;
        string status = (await StatusAsync()).Body.GetProperty("problem").GetString()!;
        Assert.All([health, status], text =>
        {
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            Assert.DoesNotContain("c2VjcmV0", text, StringComparison.Ordinal);
            Assert.Contains("***", text, StringComparison.Ordinal);
            Assert.Contains("InvalidOperationException", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task GetStatus_StateOfOtherWindows_503AndWhatToDo()
    {
        _app.FailStore(new InvalidOperationException("made with other windows. Set KafkaGeneration"));
        (int code, JsonElement body) = await StatusAsync();
        Assert.Equal(503, code);
        Assert.Contains("Set KafkaGeneration", body.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetStatus_TwoPartitions_CountsAddUp()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Applied(0.5, 1.5, 2.5));
        _app.Put(1, Given.Applied(2));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(0, 5));
        _app.Broker.Setup(b => b.BoundsAsync(1, _app.Token)).ReturnsAsync(new LogBounds(0, 1));
        (int code, JsonElement body) = await StatusAsync();
        Assert.Equal(200, code);
        Assert.Equal("t~1", body.GetProperty("topic").GetString());
        Assert.Equal(4, body.GetProperty("counted").GetInt64());
        Assert.Equal("2026-11-22T00:02:19.999Z", body.GetProperty("watermark").GetString()); // of partition 0: the other has been silent for a minute
        Assert.Equal(3, body.GetProperty("windows").GetArrayLength());
        Assert.Equal(3, body.GetProperty("open_panes").GetArrayLength());
        JsonElement[] partitions = [.. body.GetProperty("partitions").EnumerateArray()];
        Assert.Equal([(0, 3L), (1, 1L)], partitions.Select(p => (p.GetProperty("partition").GetInt32(), p.GetProperty("next").GetInt64())));
        Assert.All(partitions, p => Assert.Equal(
            p.GetProperty("applied").GetInt64(),
            new[] { "counted", "late", "rejected", "blank", "missing" }.Sum(name => p.GetProperty(name).GetInt64())));
        Assert.Equal([2L, 0L], partitions.Select(p => p.GetProperty("lag").GetInt64()));
        Assert.Equal(2, body.GetProperty("lag").GetInt64());
        Assert.Equal("2026-11-22T00:02:30Z", partitions[0].GetProperty("last_arrival").GetString());
        Assert.Empty(_app.Calls);
    }

    [Fact]
    public async Task GetStatus_QuietPartitionHasRecords_HoldsTheWatermarkBack()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Applied(0.5, 1.5, 2.5));
        _app.Put(1, Given.Applied(2));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(0, 3));
        _app.Broker.Setup(b => b.BoundsAsync(1, _app.Token)).ReturnsAsync(new LogBounds(0, 9));
        Assert.Equal("2026-11-22T00:02:19.999Z", (await StatusAsync()).Body.GetProperty("watermark").GetString()); // markers of transactions
        _app.Broker.Setup(b => b.HasRecordAsync(1, 1, _app.Token)).ReturnsAsync(true);
        Assert.Equal("2026-11-22T00:01:49.999Z", (await StatusAsync()).Body.GetProperty("watermark").GetString());
    }

    [Fact]
    public async Task GetStatus_LogIsNotTheCursors_SaysWhyThePartitionIsStopped()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Applied(0.5));
        _app.Put(1, Given.Applied(2));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ReturnsAsync(new LogBounds(4, 9));
        _app.Broker.Setup(b => b.BoundsAsync(1, _app.Token)).ReturnsAsync(new LogBounds(0, 4));
        JsonElement[] partitions = [.. (await StatusAsync()).Body.GetProperty("partitions").EnumerateArray()];
        Assert.StartsWith("Partition 0 was applied up to offset 1, but its log begins at 4",
            partitions[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, partitions[1].GetProperty("problem").ValueKind);
    }

    [Fact]
    public async Task GetStatus_BrokerAway_TellsAllButTheLag()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Applied(0.5));
        _app.Put(1, Given.Applied(2));
        _app.Broker.Setup(b => b.BoundsAsync(0, _app.Token)).ThrowsAsync(new TimeoutException("nobody there"));
        _app.Broker.Setup(b => b.BoundsAsync(1, _app.Token)).ReturnsAsync(new LogBounds(0, 4));
        (int code, JsonElement body) = await StatusAsync();
        Assert.Equal(200, code);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("lag").ValueKind);
        Assert.Equal(2, body.GetProperty("counted").GetInt32());
        Assert.Equal(["", "3"], body.GetProperty("partitions").EnumerateArray().Select(p => p.GetProperty("lag").ToString()));
    }

    [Fact]
    public async Task GetStatus_PartitionsWithoutRecords_HaveNoLastArrival()
    {
        _app.Put(Given.Topic(0, 1));
        _app.Put(0, Given.Open(5)); // opened, never advanced; the other is registered only
        (_, JsonElement body) = await StatusAsync();
        Assert.All(body.GetProperty("partitions").EnumerateArray(), p => Assert.Equal(JsonValueKind.Null, p.GetProperty("last_arrival").ValueKind));
    }

    private async Task<(int Code, JsonElement Body)> HealthAsync() =>
        Read(await _app.Get<StatusFunction>().GetHealth(null!, _app.Client.Object, _app.Token));

    private async Task<(int Code, JsonElement Body)> StatusAsync() =>
        Read(await _app.Get<StatusFunction>().GetStatus(null!, _app.Client.Object, _app.Token));

    private static (int Code, JsonElement Body) Read(IActionResult result)
    {
        ContentResult content = Assert.IsType<ContentResult>(result);
        Assert.Equal("application/json", content.ContentType);
        using JsonDocument document = JsonDocument.Parse(content.Content!);
        return (content.StatusCode!.Value, document.RootElement.Clone());
    }
}
