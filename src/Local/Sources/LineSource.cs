using System.IO.Compression;

namespace Tidemark.Local.Sources;

/// <summary>A file or stdin, opened for reading lines; gzip is recognised by its first bytes.</summary>
internal sealed class LineSource : IDisposable
{
    private readonly Stream _raw;

    private LineSource(string name, Stream raw, Stream lines, long? length, bool isLive)
    {
        Name = name;
        _raw = raw;
        Lines = lines;
        Length = length;
        IsLive = isLive;
    }

    /// <summary>What dead letters and messages call it: the path, or <c>stdin</c>.</summary>
    public string Name { get; }

    /// <summary>The text.</summary>
    public Stream Lines { get; }

    /// <summary>Bytes in the file, compressed if it is; null for a pipe.</summary>
    public long? Length { get; }

    /// <summary>Whether more may come at any time: the clock then closes windows when nothing does.</summary>
    public bool IsLive { get; }

    /// <summary>Bytes of <see cref="Length"/> read so far.</summary>
    public long Position => Length is null ? 0 : _raw.Position;

    /// <summary>A source of events made here.</summary>
    public static LineSource Of(string name, Stream lines) => new(name, lines, lines, null, isLive: true);

    /// <summary>Opens a source.</summary>
    /// <param name="path">A path, or <c>-</c> for stdin.</param>
    /// <param name="standardInput">Opens stdin.</param>
    /// <exception cref="SourceException">It cannot be opened.</exception>
    public static LineSource Open(string path, Func<Stream> standardInput)
    {
        if (path == "-")
        {
            Stream input = new PrefixedStream(standardInput());
            return new LineSource("stdin", input, MaybeDecompress(input), null, isLive: true);
        }

        if (Directory.Exists(path))
        {
            throw new SourceException($"cannot read {path}: it is a directory; --source takes one file");
        }

        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            if (!file.CanSeek)
            {
                Stream pipe = new PrefixedStream(file);
                return new LineSource(path, pipe, MaybeDecompress(pipe), null, isLive: true);
            }

            return new LineSource(path, file, MaybeDecompress(file), file.Length, isLive: false);
        }
        catch (FileNotFoundException error)
        {
            throw new SourceException($"cannot read {path}: there is no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SourceException($"cannot read {path}: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Lines.Dispose();
        _raw.Dispose();
    }

    private static Stream MaybeDecompress(Stream stream)
    {
        Span<byte> magic = stackalloc byte[2];
        int read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (stream is PrefixedStream prefixed)
        {
            prefixed.Unread(magic[..read]);
        }
        else
        {
            stream.Position = 0;
        }

        return read == 2 && magic[0] == 0x1F && magic[1] == 0x8B ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }
}
