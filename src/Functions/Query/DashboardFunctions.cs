using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tidemark.Dashboard.Api;
using Tidemark.Dashboard.Page;

namespace Tidemark.Functions.Query;

/// <summary>
/// The dashboard's API and its page. The API requires a function key. The page's files hold no data and are the same everywhere, so they are
/// served without one; the page asks its reader for the key.
/// </summary>
public sealed class DashboardFunctions(DashboardApi api, AppStatus status)
{
    private const string PageRoot = "/api/dashboard";

    /// <summary>Everything below <c>GET /api/v1/</c>. <c>stream</c> is a document to be polled with its ETag: no request is kept open.</summary>
    [Function(nameof(GetResults))]
    public async Task<IActionResult> GetResults(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "v1/{*path}")] HttpRequest request,
        [DurableClient] DurableTaskClient client, string? path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        status.Use(client);
        ApiRequest asked = Of(DashboardApi.Root + path, request);
        return new Answer(await api.GetAsync(asked, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The page's files: <c>GET /api/dashboard/</c>.</summary>
    [Function(nameof(GetDashboard))]
    public IActionResult GetDashboard(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "dashboard/{*file}")] HttpRequest request, string? file)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (string.IsNullOrEmpty(file) && request.Path.Value?.EndsWith('/') == false)
        {
            // Its files are named relative to it.
            return new RedirectResult(PageRoot + "/" + request.QueryString);
        }

        return new Answer(PageFiles.Answer(Of("/" + file, request)) ?? ApiResponse.Problem(404, "Not found", $"The page is at {PageRoot}/."));
    }

    private static ApiRequest Of(string path, HttpRequest request) =>
        ApiRequest.Of(path, request.Query.Select(pair => (pair.Key, pair.Value.LastOrDefault())), name => request.Headers[name]);

    /// <summary>An answer sent as it is.</summary>
    internal sealed class Answer(ApiResponse answer) : IActionResult
    {
        /// <summary>What is sent.</summary>
        public ApiResponse Response => answer;

        /// <inheritdoc/>
        public async Task ExecuteResultAsync(ActionContext context)
        {
            ArgumentNullException.ThrowIfNull(context);
            HttpResponse response = context.HttpContext.Response;
            response.StatusCode = answer.Status;
            foreach ((string name, string value) in answer.AllHeaders)
            {
                response.Headers[name] = value;
            }

            if (answer.Body.Length > 0)
            {
                await response.Body.WriteAsync(answer.Body, context.HttpContext.RequestAborted).ConfigureAwait(false);
            }
        }
    }
}
