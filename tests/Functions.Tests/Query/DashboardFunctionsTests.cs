using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Page;
using Tidemark.Functions.Query;
using Tidemark.Functions.Tests.Hosting;

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

    private ApiResponse Page(string file)
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/api/dashboard/" + file;
        return Assert.IsType<DashboardFunctions.Answer>(_functions.GetDashboard(context.Request, file)).Response;
    }

    private async Task<(int Code, JsonElement Body)> GetAsync(string path)
    {
        ApiResponse answer = await SendAsync(path, null);
        return (answer.Status, JsonDocument.Parse(answer.Body).RootElement);
    }

    private async Task<ApiResponse> SendAsync(string path, string? etag)
    {
        DefaultHttpContext context = new();
        if (etag is not null)
        {
            context.Request.Headers.IfNoneMatch = etag;
        }

        using MemoryStream body = new();
        context.Response.Body = body;
        DashboardFunctions.Answer answer = Assert.IsType<DashboardFunctions.Answer>(
            await _functions.GetResults(context.Request, _app.Client.Object, path, _app.Token));
        await answer.ExecuteResultAsync(new ActionContext { HttpContext = context });
        Assert.Equal(answer.Response.Status, context.Response.StatusCode);
        Assert.Equal(answer.Response.Body.Length, body.Length);
        return answer.Response;
    }
}
