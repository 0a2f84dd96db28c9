using Microsoft.Win32.SafeHandles;
using Tidemark.Sinks;

namespace Tidemark.Cli;

/// <summary>Standard output as a stream that tells apart a reader who has gone (<see cref="ReaderGoneException"/>) and a failure.</summary>
internal sealed class StandardOutput : Stream
{
    private readonly Stream _stream;

    /// <param name="stream">What is written to.</param>
    public StandardOutput(Stream stream) => _stream = stream;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether it is a file, and neither a terminal nor a pipe.</summary>
    public static bool IsSeekable()
    {
        try
        {
            using FileStream direct = OpenDirectly();
            return direct.CanSeek;
        }
        catch (Exception error) when (IoProblem.Is(error) || error is ArgumentException)
        {
            // There is none, or it was closed.
            return false;
        }
    }

    /// <summary>Opens it, unbuffered. Closing the stream leaves standard output open.</summary>
    /// <exception cref="IOException">The process was started without one.</exception>
    public static Stream Open()
    {
        if (StandardStream.IsClosed(StandardStream.Output))
        {
            throw new IOException("it was closed when the command began");
        }

        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // The console's stream takes "broken pipe" for success, so that `... | head` would never end.
        FileStream direct = OpenDirectly();

        // For a regular file the console's stream is the right one: it writes at the position that is shared with the shell.
        return direct.CanSeek ? Console.OpenStandardOutput() : new StandardOutput(direct);
    }

    private static FileStream OpenDirectly() =>
        new(new SafeFileHandle(StandardStream.Output, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _stream.Write(buffer);
        }
        catch (IOException error) when (IoProblem.IsBrokenPipe(error))
        {
            throw new ReaderGoneException(error);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error) when (IoProblem.IsBrokenPipe(error))
        {
            throw new ReaderGoneException(error);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() => _stream.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
