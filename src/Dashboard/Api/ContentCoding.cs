using System.Globalization;
using System.IO.Compression;

namespace Tidemark.Dashboard.Api;

/// <summary>A form in which a body can be sent to a client that accepts it (RFC 9110, section 8.4).</summary>
internal sealed class ContentCoding
{
    // The first one is chosen where a client accepts several alike.
    private static readonly ContentCoding[] All =
    [
        new("br", static (target, level) => new BrotliStream(target, level, leaveOpen: true)),
        new("gzip", static (target, level) => new GZipStream(target, level, leaveOpen: true)),
    ];

    private readonly Func<Stream, CompressionLevel, Stream> _open;

    private ContentCoding(string name, Func<Stream, CompressionLevel, Stream> open) => (Name, _open) = (name, open);

    /// <summary>Its name in headers.</summary>
    public string Name { get; }

    /// <summary>The coding that a client prefers; null when it accepts none.</summary>
    /// <param name="accepted">The header <c>Accept-Encoding</c>; null when there is none.</param>
    public static ContentCoding? Choose(string? accepted)
    {
        if (accepted is null)
        {
            return null;
        }

        Dictionary<string, double> weights = new(StringComparer.OrdinalIgnoreCase);
        foreach (string entry in accepted.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split(';', StringSplitOptions.TrimEntries);
            weights[parts[0]] = parts.Length == 1 ? 1 : WeightOf(parts[1]);
        }

        return All.Where(coding => WeightIn(weights, coding) > 0).MaxBy(coding => WeightIn(weights, coding));
    }

    /// <summary>Encodes a body.</summary>
    public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> body, CompressionLevel level)
    {
        using MemoryStream target = new();
        using (Stream encoder = _open(target, level))
        {
            encoder.Write(body.Span);
        }

        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    private static double WeightIn(Dictionary<string, double> weights, ContentCoding coding) =>
        weights.TryGetValue(coding.Name, out double weight) ? weight : weights.GetValueOrDefault("*");

    /// <summary>The weight of <c>q=0.5</c>; 0 when it is none, so that what is not understood is not sent.</summary>
    private static double WeightOf(string parameter) =>
        parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(parameter.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double weight) ? weight : 0;
}
