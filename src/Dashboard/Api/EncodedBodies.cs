using System.Collections.Concurrent;
using System.IO.Compression;

namespace Tidemark.Dashboard.Api;

/// <summary>
/// The forms of a body that is sent again and again, such as a file of the page: each is encoded when it is first requested, and kept.
/// At most one per coding. Thread-safe.
/// </summary>
internal sealed class EncodedBodies
{
    private readonly ConcurrentDictionary<ContentCoding, ReadOnlyMemory<byte>> _kept = [];

    /// <summary>The body in a form.</summary>
    public ReadOnlyMemory<byte> Get(ContentCoding coding, ReadOnlyMemory<byte> body) =>
        _kept.GetOrAdd(coding, static (chosen, whole) => chosen.Encode(whole, CompressionLevel.Optimal), body);
}
