using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ICSharpCode.SharpZipLib.BZip2;
using ZstdSharp;

namespace Tidemark.Cli.Tests.Sources.Formats;

/// <summary>The same events in every form that is read.</summary>
internal static class Packing
{
    /// <summary>The name of each form, and what makes it of lines.</summary>
    public static IReadOnlyDictionary<string, Func<byte[], byte[]>> Forms { get; } = new Dictionary<string, Func<byte[], byte[]>>
    {
        ["gzip"] = Gzip,
        ["zstd"] = Zstd,
        ["bzip2"] = Bzip2,
        ["array"] = lines => Array(lines, ",", pretty: false),
        ["array of lines"] = lines => Array(lines, ",\n", pretty: false),
        ["pretty array"] = lines => Array(lines, ",\r\n", pretty: true),
        ["UTF-16"] = lines => Utf16(lines, bigEndian: false),
        ["UTF-16 big-endian"] = lines => Utf16(lines, bigEndian: true),
        ["UTF-16 array in zstd"] = lines => Zstd(Utf16(Array(lines, ",\n", pretty: true), bigEndian: false)),
        ["padded lines in gzip"] = lines => Gzip([.. new byte[100_000], .. lines]),
    };

    public static byte[] Gzip(byte[] text)
    {
        // The runtime writes nothing for nothing; gzip writes an empty member.
        byte[] packed = Pack(text, stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true));
        return packed.Length > 0 ? packed : Convert.FromHexString("1F8B080000000000000303000000000000000000");
    }

    public static byte[] Zstd(byte[] text) => Pack(text, packed => new CompressionStream(packed));

    public static byte[] Bzip2(byte[] text) => Pack(text, packed => new BZip2OutputStream(packed, 1) { IsStreamOwner = false });

    public static byte[] Utf16(byte[] text, bool bigEndian)
    {
        UnicodeEncoding encoding = new(bigEndian, byteOrderMark: true);
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(text))];
    }

    public static byte[] Array(byte[] lines, string separator, bool pretty)
    {
        string[] elements = Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string text = string.Join(separator, pretty ? elements.Select(Indented) : elements);
        return Encoding.UTF8.GetBytes(pretty ? $"[\r\n{text}\r\n]\r\n" : $"[{text}]");
    }

    private static string Indented(string element)
    {
        try
        {
            return JsonNode.Parse(element)!.ToJsonString(new(JsonSerializerOptions.Default) { WriteIndented = true });
        }
        catch (JsonException)
        {
            return element;
        }
    }

    private static byte[] Pack(byte[] text, Func<Stream, Stream> packer)
    {
        using MemoryStream packed = new();
        using (Stream stream = packer(packed))
        {
            stream.Write(text);
        }

        return packed.ToArray();
    }
}
