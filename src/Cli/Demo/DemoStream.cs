using Tidemark.Cli.Generate;
using Tidemark.Cli.Sources;

namespace Tidemark.Cli.Demo;

/// <summary>Generated lines as a stream that holds each back until event time, running faster than the clock, has reached it.</summary>
internal sealed class DemoStream(EventGenerator generator, DateTimeOffset start,
    double speed, TimeProvider time, CancellationToken cancellationToken) : ForwardStream
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly long _started = time.GetTimestamp();
    private readonly byte[] _line = new byte[EventGenerator.MaxLineBytes];
    private int _lineUsed;
    private int _lineLength;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && !cancellationToken.IsCancellationRequested)
        {
            if (_lineUsed < _lineLength)
            {
                int copied = Math.Min(buffer.Length - read, _lineLength - _lineUsed);
                _line.AsSpan(_lineUsed, copied).CopyTo(buffer[read..]);
                _lineUsed += copied;
                read += copied;
            }
            else if (_ended || !NextLine(mayWait: read == 0))
            {
                break;
            }
        }

        return read;
    }

    /// <returns>Whether there is a line that is due.</returns>
    private bool NextLine(bool mayWait)
    {
        while (generator.NextArrivalMs > start.ToUnixTimeMilliseconds() + (time.GetElapsedTime(_started) * speed).TotalMilliseconds)
        {
            if (!mayWait || cancellationToken.WaitHandle.WaitOne(Pause))
            {
                return false;
            }
        }

        _ended = !generator.TryWriteNext(_line, out _lineLength);
        _lineUsed = 0;
        return !_ended;
    }
}
