namespace Tidemark.Cli.Sources;

/// <summary>
/// A file that grows, as a stream that waits for more. It ends when the file is over: another one lies at its path and nothing has come for
/// a moment, or it was cut or written anew in place. What was written before that is read to its end.
/// </summary>
internal sealed class FollowedFile : ForwardStream
{
    /// <summary>How often a file without news is looked at.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a writer may go on with a file that was renamed before it opens the new one.</summary>
    private static readonly TimeSpan RenameGrace = TimeSpan.FromSeconds(1);

    // What is compared to notice that a file was written anew while nobody looked.
    private const int KeptBytes = 4096;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly FileIdentity? _identity;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stop;
    private byte[] _last = [];
    private bool _isWaiting;
    private long _replaced = -1;

    /// <param name="path">Where the file is looked for.</param>
    /// <param name="file">The file, at the position to read from.</param>
    /// <param name="identity">Which file that is.</param>
    /// <param name="time">Measures waits.</param>
    /// <param name="stop">Ends the waiting; the stream then ends.</param>
    public FollowedFile(string path, FileStream file, FileIdentity? identity, TimeProvider time, CancellationToken stop)
    {
        (_path, _file, _identity, _time, _stop) = (path, file, identity, time, stop);
        Keep(file.Position);
    }

    /// <summary>
    /// Whether the file was cut or written anew in place, so that a line without an end is a piece of one. What was in the file may lie
    /// beside it as a copy.
    /// </summary>
    public bool WasCut { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_isWaiting && IsOver())
            {
                return 0;
            }

            int read = _file.Read(buffer);
            if (read > 0)
            {
                _isWaiting = false;
                _replaced = -1;
                Keep(_file.Position);
                return read;
            }

            _isWaiting = true;
            _stop.WaitHandle.WaitOne(Pause);
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool IsOver()
    {
        long length = _file.Length;
        if (length < _file.Position)
        {
            return WasCut = true;
        }

        if (length > _file.Position)
        {
            byte[] now = new byte[_last.Length];
            int read = RandomAccess.Read(_file.SafeFileHandle, now, _file.Position - now.Length);
            return WasCut = !now.AsSpan(0, read).SequenceEqual(_last);
        }

        // A path at which there is nothing yet may get its file back.
        if (_identity is null || FileIdentity.At(_path) is not { } there || there == _identity)
        {
            _replaced = -1;
            return false;
        }

        _replaced = _replaced < 0 ? _time.GetTimestamp() : _replaced;
        return _time.GetElapsedTime(_replaced) >= RenameGrace;
    }

    private void Keep(long position)
    {
        byte[] last = new byte[(int)Math.Min(KeptBytes, position)];
        _last = last[..RandomAccess.Read(_file.SafeFileHandle, last, position - last.Length)];
    }
}
