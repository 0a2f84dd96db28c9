namespace Tidemark.Dashboard.Api;

/// <summary>A request that cannot be answered as it stands. The message says what was expected and what came.</summary>
internal sealed class BadRequestException(string message, int status = 400) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;
}
