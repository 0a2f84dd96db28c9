using System.Runtime.ExceptionServices;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Reads streams of which some may be silent: each by a thread of its own that has one block ready, so that none waits for another. Of the
/// blocks that are ready the one of the lowest watermark goes first.
/// </summary>
internal sealed class SideBySide
{
    private readonly object _lock = new();
    private readonly LineSource _source;
    private readonly IReadOnlyList<LineStream> _streams;
    private readonly LineBlock?[] _ready;
    private ExceptionDispatchInfo? _failure;
    private int _running = -1;

    public SideBySide(LineSource source, IReadOnlyList<LineStream> streams)
    {
        _source = source;
        _streams = streams;
        _ready = new LineBlock?[streams.Count];
    }

    /// <summary>Fills a block with what is ready, or waits for something.</summary>
    /// <returns>False once all streams have ended.</returns>
    public bool Read(LineBlock block)
    {
        lock (_lock)
        {
            Start();
            while (true)
            {
                _failure?.Throw();
                if (_source.Lowest(_streams.Where((_, i) => _ready[i] is not null)) is { } stream)
                {
                    int i = IndexOf(stream);
                    block.CopyFrom(_ready[i]!);
                    _ready[i] = null;
                    Monitor.PulseAll(_lock);
                    return true;
                }

                if (_running == 0 || _source.IsStopped)
                {
                    return false;
                }

                Monitor.Wait(_lock, FollowedFile.Pause);
            }
        }
    }

    private int IndexOf(LineStream stream)
    {
        int i = 0;
        while (_streams[i] != stream)
        {
            i++;
        }

        return i;
    }

    private void Start()
    {
        if (_running >= 0)
        {
            return;
        }

        _running = _streams.Count;
        for (int i = 0; i < _streams.Count; i++)
        {
            int index = i;

            // Background: a thread that waits for a pipe must not keep a cancelled process alive.
            new Thread(() => ReadAll(index)) { IsBackground = true, Name = $"tidemark-read-{index}" }.Start();
        }
    }

    private void ReadAll(int index)
    {
        try
        {
            LineBlock block = (LineBlock)_source.NewBlock();
            while (_streams[index].Read(block) && HandOver(index, block))
            {
            }
        }
#pragma warning disable CA1031 // Whatever stops one stream stops the source, and is thrown where it is read.
        catch (Exception error)
#pragma warning restore CA1031
        {
            lock (_lock)
            {
                _failure ??= ExceptionDispatchInfo.Capture(error);
            }
        }
        finally
        {
            lock (_lock)
            {
                _running--;
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <returns>Whether more is wanted.</returns>
    private bool HandOver(int index, LineBlock block)
    {
        lock (_lock)
        {
            _ready[index] = block;
            Monitor.PulseAll(_lock);
            while (_ready[index] is not null)
            {
                if (_source.IsStopped)
                {
                    return false;
                }

                Monitor.Wait(_lock, FollowedFile.Pause);
            }

            return true;
        }
    }
}
