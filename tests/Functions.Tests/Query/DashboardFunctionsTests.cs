using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Moq;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Page;
using Tidemark.Dashboard.Status;
using Tidemark.Functions.Ingest;
using Tidemark.Functions.Query;
using Tidemark.Functions.Tests.Hosting;
using Tidemark.Protocol;
using Tidemark.Support.Fixtures;
using Tidemark.Support.States;

namespace Tidemark.Functions.Tests.Query;

/// <summary>The API and the page as HTTP functions.</summary>
public sealed class DashboardFunctionsTests : IDisposable
{
    private readonly MockedApp _app = new(now: 3);
    private readonly DashboardFunctions _functions;

    public DashboardFunctionsTests() => _functions = new DashboardFunctions(_app.Get<DashboardApi>(), _app.Get<AppStatus>());

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task GetResults_Status_IsThatOfTheTopic()
    {
        (int code, JsonElement body) = await GetAsync("status");

        Assert.Equal(200, code);
        Assert.Equal("functions", body.GetProperty("host").GetString());
        Assert.Equal(MockedApp.Options.Names.Id, body.GetProperty("source").GetString());
        Assert.Equal(0, body.GetProperty("records").GetProperty("read").GetInt64());
    }

    [Fact]
    public async Task GetResults_Status_TellsTheLatestEventAndTheAgeOfTheState()
    {
        _app.Put(Given.Topic(0, 1, 2));
        _app.Put(0, Given.Applied(0.5, 2.5));
        _app.Put(1, Given.Applied(1));
        _app.Put(2, Given.Open());
        _app.Broker.Setup(broker => broker.BoundsAsync(1, _app.Token)).ReturnsAsync(new LogBounds(0, 1));
        JsonElement body = (await GetAsync("status")).Body;
        Assert.Equal("2026-11-22T00:02:30Z", body.GetProperty("max_event_time").GetString());
        Assert.Equal(30, body.GetProperty("state_age_seconds").GetDouble());
        JsonElement[] partitions = [.. body.GetProperty("partitions").EnumerateArray()];
        Assert.Equal(
            ["2026-11-22T00:02:30Z", "2026-11-22T00:01:00Z", null], partitions.Select(one => one.GetProperty("max_event_time").GetString()));
        Assert.Equal(
            ["2026-11-22T00:02:30Z", "2026-11-22T00:01:00Z", null], partitions.Select(one => one.GetProperty("last_arrival").GetString()));
        Assert.Equal([false, true, true], partitions.Select(one => one.GetProperty("is_idle").GetBoolean()));
    }

    [Fact]
    public async Task GetResults_StatusOfRejectedAndLate_HasTheLastOfEachFromTheLog()
    {
        Uncounted();
        LogHolds(2, "{\"page_url\":\"/\u0007\" " + new string('x', 5_000));
        LogHolds(3, "{\"timestamp\":1}");
        JsonElement body = (await GetAsync("status")).Body;
        JsonElement rejected = Assert.Single(body.GetProperty("rejected").EnumerateArray());
        Assert.Equal("malformed_json", rejected.GetProperty("reason").GetString());
        Assert.Equal("offset 2 of t/0", rejected.GetProperty("example").GetProperty("place").GetString());
        string text = rejected.GetProperty("example").GetProperty("text").GetString()!;
        Assert.StartsWith("{\"page_url\":\"/\uFFFD\" xxx", text, StringComparison.Ordinal);
        Assert.Equal(RecordSample.MaxCharacters + "...".Length, text.Length);
        Assert.Equal("{\"timestamp\":1}", body.GetProperty("late").GetProperty("example").GetProperty("text").GetString());
    }

    [Fact]
    public async Task Status_ManyReaders_ReadTheStoreOnceASecond()
    {
        ManualTime time = new(DateTimeOffset.FromUnixTimeMilliseconds(Given.Minute(3)));
        AppStatus status = new(_app.Get<TopicStatus>(), _app.Get<RecordExamples>(), time);
        status.Use(_app.Client.Object);
        _app.Put(Given.Topic(0));
        await status.ReadAsync(_app.Token);
        await status.ReadAsync(_app.Token);
        _app.Entities.Verify(store => store.GetEntityAsync<byte[]>(MockedApp.Names.Topic, true, _app.Token), Times.Once);
        time.Advance(TimeSpan.FromSeconds(1));
        await status.ReadAsync(_app.Token);
        _app.Entities.Verify(store => store.GetEntityAsync<byte[]>(MockedApp.Names.Topic, true, _app.Token), Times.Exactly(2));
    }

    [Fact]
    public async Task GetResults_StatusWhileTheLogIsAway_HasExamplesWithoutText()
    {
        Uncounted();
        _app.Broker.Setup(broker => broker.ReadAsync(0, It.IsAny<long>(), It.IsAny<long>(), 1, _app.Token)).ThrowsAsync(new TimeoutException());
        (int code, JsonElement body) = await GetAsync("status");
        Assert.Equal(200, code);
        JsonElement example = body.GetProperty("late").GetProperty("example");
        Assert.Equal("offset 3 of t/0", example.GetProperty("place").GetString());
        Assert.Equal(JsonValueKind.Null, example.GetProperty("text").ValueKind);
    }

    [Fact]
    public async Task GetResults_Columns_SayThatTheStreamIsPolled() =>
        Assert.Equal("poll", (await GetAsync("columns")).Body.GetProperty("stream").GetString());

    [Fact]
    public async Task GetResults_StreamPolledWithItsETag_Is304()
    {
        ApiResponse first = await SendAsync("stream", null);

        ApiResponse second = await SendAsync("stream", first.Headers["ETag"]);

        Assert.Equal((200, 304), (first.Status, second.Status));
        Assert.Empty(JsonDocument.Parse(first.Body).RootElement.GetProperty("live").EnumerateArray());
    }

    [Fact]
    public async Task GetResults_ClientAcceptsBrotli_IsSentInItWithItsETag()
    {
        ApiResponse packed = await SendAsync("openapi.json", null, "gzip, br");

        ApiResponse again = await SendAsync("openapi.json", packed.Headers["ETag"], "gzip, br");

        Assert.Equal("br", packed.Headers["Content-Encoding"]);
        Assert.Equal((200, 304), (packed.Status, again.Status));
        Assert.NotEqual(packed.Headers["ETag"], (await SendAsync("openapi.json", null)).Headers["ETag"]);
    }

    [Fact]
    public void GetDashboard_FileThatTheBrowserHas_Is304()
    {
        ApiResponse packed = Page("js/main.js", "gzip");

        Assert.Equal("gzip", packed.Headers["Content-Encoding"]);
        Assert.Equal(304, Page("js/main.js", "gzip", packed.Headers["ETag"]).Status);
    }

    [Fact]
    public async Task GetResults_StoreAway_503AndWhyWithoutThePassword()
    {
        _app.FailStore(new InvalidOperationException("no queue for hunter2"));

        (int code, JsonElement body) = await GetAsync("status");

        Assert.Equal(503, code);
        string detail = body.GetProperty("detail").GetString()!;
        Assert.Contains("no queue", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetResults_NothingThere_Is404() => Assert.Equal(404, (await GetAsync("nothing")).Code);

    [Fact]
    public void GetDashboard_EveryFile_IsServed() => Assert.All(PageFiles.Paths, path => Assert.Equal(200, Page(path[1..]).Status));

    [Fact]
    public void GetDashboard_Root_IsThePage() => Assert.Equal("text/html; charset=utf-8", Page("").ContentType);

    [Fact]
    public void GetDashboard_ApiPath_IsNotServedWithoutAKey() => Assert.Equal(404, Page("../v1/status").Status);

    [Fact]
    public void GetDashboard_WithoutTheSlash_LeadsThere()
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/api/dashboard";
        context.Request.QueryString = new QueryString("?range=3h");

        RedirectResult answer = Assert.IsType<RedirectResult>(_functions.GetDashboard(context.Request, null));

        Assert.Equal("/api/dashboard/?range=3h", answer.Url);
    }

    /// <summary>A partition that has rejected offsets 0 and 2, and found offset 3 late.</summary>
    private void Uncounted()
    {
        PartitionState cursor = Given.Open();
        cursor.Advance(Given.Slice(Given.Text(0, "{"), Given.Event(1, 9), Given.Text(2, "{"), Given.Event(3, 1)).Advance(Given.Minute(2)));
        _app.Put(Given.Topic(0));
        _app.Put(0, cursor);
    }

    private void LogHolds(long offset, string text) => _app.Broker.Setup(broker => broker.ReadAsync(0, offset, offset, 1, _app.Token))
        .ReturnsAsync(new LogRange(new[] { Given.Text(offset, text) }, offset));

    private ApiResponse Page(string file, string? accepted = null, string? etag = null)
    {
        DefaultHttpContext context = ContextOf(etag, accepted);
        context.Request.Path = "/api/dashboard/" + file;
        return Assert.IsType<DashboardFunctions.Answer>(_functions.GetDashboard(context.Request, file)).Response;
    }

    private static DefaultHttpContext ContextOf(string? etag, string? accepted)
    {
        DefaultHttpContext context = new();
        context.Request.Headers.IfNoneMatch = etag;
        context.Request.Headers.AcceptEncoding = accepted;
        return context;
    }

    private async Task<(int Code, JsonElement Body)> GetAsync(string path)
    {
        ApiResponse answer = await SendAsync(path, null);
        return (answer.Status, JsonDocument.Parse(answer.Body).RootElement);
    }

    private async Task<ApiResponse> SendAsync(string path, string? etag, string? accepted = null)
    {
        DefaultHttpContext context = ContextOf(etag, accepted);
        using MemoryStream body = new();
        context.Response.Body = body;
        DashboardFunctions.Answer answer = Assert.IsType<DashboardFunctions.Answer>(
            await _functions.GetResults(context.Request, _app.Client.Object, path, _app.Token));
        await answer.ExecuteResultAsync(new ActionContext { HttpContext = context });
        Assert.Equal(answer.Response.Status, context.Response.StatusCode);
        Assert.Equal(answer.Response.Body.Length, body.Length);
        Assert.All(answer.Response.AllHeaders, header => Assert.Equal(header.Value, context.Response.Headers[header.Key].ToString()));
        return answer.Response;
    }
}
