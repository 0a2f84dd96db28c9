using Tidemark.Sinks;

namespace Tidemark.Cli.Sources;

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

    /// <summary>The file that is read, which must not be written; null when it is none.</summary>
    public FileIdentity? Identity { get; private init; }

    /// <summary>Bytes of <see cref="Length"/> read so far.</summary>
    public long Position => Length is null ? 0 : _raw.Position;

    /// <summary>A source of events made here.</summary>
    public static LineSource Of(string name, Stream lines) => new(name, lines, lines, null, isLive: true);

    /// <summary>Opens a source.</summary>
    /// <param name="path">A path, or <c>-</c> for stdin.</param>
    /// <param name="context">Opens stdin.</param>
    /// <exception cref="SourceException">It cannot be opened.</exception>
    public static LineSource Open(string path, CommandContext context)
    {
        if (path == "-")
        {
            Stream input = context.OpenStandardInput();
            return new LineSource("stdin", input, new SourceText(input), null, isLive: true) { Identity = context.IdentifyStandardInput() };
        }

        if (Directory.Exists(path))
        {
            throw new SourceException($"cannot read {path}: it is a directory; --source takes one file");
        }

        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            SourceText text = new(file);
            if (!file.CanSeek)
            {
                return new LineSource(path, file, text, null, isLive: true);
            }

            // What cannot be read is found out before anything is written. A pipe would wait here for its first bytes.
            text.Detect();
            return new LineSource(path, file, text, file.Length, isLive: false) { Identity = FileIdentity.Of(file.SafeFileHandle) };
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new SourceException($"cannot read {path}: {IoProblem.Describe(error)}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Lines.Dispose();
        _raw.Dispose();
    }
}
