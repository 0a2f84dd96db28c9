using System.Globalization;
using System.Security.Cryptography;
using Tidemark.Core.Results;
using Tidemark.Support.Oracle;

namespace Tidemark.Support.Durable;

/// <summary>The content of a result in the oracle's format.</summary>
internal static class ResultText
{
    public static string Content(WindowResult result) => OracleBridge.Content(result);

    /// <summary>The content, including what the oracle does not determine: the estimate of users, their sketch, and error bounds.</summary>
    public static string Full(WindowResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Content(result)} distinct={result.UniqueUsers} sketch={Convert.ToHexString(SHA256.HashData(result.UsersSketch.Span)[..4])} ")
        + string.Create(CultureInfo.InvariantCulture,
            $"errors={result.TopPages.MaxError}/{result.Devices.MaxError}/{result.Countries.MaxError}/{result.EventTypes.MaxError}")
        + string.Concat(result.Breakdowns.Select(breakdown => string.Create(CultureInfo.InvariantCulture, $"/{breakdown.Value.MaxError}")));
}
