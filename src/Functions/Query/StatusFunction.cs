using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Tidemark.Functions.Query;

/// <summary>The HTTP endpoints for the status of the app. Both require a function key.</summary>
public sealed class StatusFunction(TopicStatus status)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Cursors, watermark, counts and finality: <c>GET /api/status</c>; 503 with the reason when they cannot be read.</summary>
    [Function(nameof(GetStatus))]
    public async Task<IActionResult> GetStatus(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "status")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            return Answer(StatusCodes.Status200OK, await status.ReadAsync(client, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            return Answer(StatusCodes.Status503ServiceUnavailable, new { Problem = status.Describe(problem) });
        }
    }

    /// <summary>200 when the durable store and the broker respond, else 503 with the reason: <c>GET /api/health</c>.</summary>
    [Function(nameof(GetHealth))]
    public async Task<IActionResult> GetHealth(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "health")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellationToken) =>
        await status.FindProblemAsync(client, cancellationToken).ConfigureAwait(false) is { } problem
            ? Answer(StatusCodes.Status503ServiceUnavailable, new { Healthy = false, Problem = problem })
            : Answer(StatusCodes.Status200OK, new { Healthy = true });

    private static ContentResult Answer(int code, object body) =>
        new() { StatusCode = code, ContentType = "application/json", Content = JsonSerializer.Serialize(body, Json) };
}
