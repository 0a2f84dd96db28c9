using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Dashboard.Live;

/// <summary>
/// Results as they come, for any number of clients, in the format of server-sent events. Closed windows are numbered and kept for a while, once
/// for all clients: a client is no more than the number it has come to, so that slow ones cost no memory. One that falls behind what is kept
/// gets a <c>reset</c> event, which tells it to read anew. Of open windows and of the status only the latest state counts. Thread-safe.
/// </summary>
public sealed class ResultStream
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (string Family, ReadOnlyMemory<byte> Frame)> _closed = []; // those from _first to _last
    private readonly StreamLimits _limits;
    private readonly string _epoch;
    private long _bytes;
    private long _first = 1;
    private long _last;
    private Latest _live = new(0, default);
    private Latest _status = new(0, default);
    private TaskCompletionSource _news = NewSignal();
    private int _clients;

    /// <summary>Creates an empty stream.</summary>
    /// <param name="limits">Its bounds.</param>
    /// <param name="epoch">Distinguishes this process's numbers from another's; letters and digits.</param>
    public ResultStream(StreamLimits limits, string epoch)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentException.ThrowIfNullOrEmpty(epoch);
        (_limits, _epoch) = (limits, epoch);
    }

    /// <summary>The bounds.</summary>
    public StreamLimits Limits => _limits;

    /// <summary>How many clients listen.</summary>
    public int Clients => Volatile.Read(ref _clients);

    /// <summary>The number of the last closed window.</summary>
    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Adds a window that was closed or corrected.</summary>
    public void Append(WindowResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        lock (_lock)
        {
            byte[] frame = Frame("closed", IdOf(++_last), json => ResultJson.Write(json, result, static _ => true));
            _closed.Add(_last, (result.Window, frame));
            _bytes += frame.Length;
            while (_closed.Count > _limits.MaxEvents || _bytes > _limits.MaxBytes)
            {
                _closed.Remove(_first++, out (string Family, ReadOnlyMemory<byte> Frame) oldest);
                _bytes -= oldest.Frame.Length;
            }

            Signal();
        }
    }

    /// <summary>Replaces the open windows.</summary>
    public void SetLive(IReadOnlyList<WindowResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        byte[] frame = Frame("live", null, json =>
        {
            json.WriteStartArray();
            foreach (WindowResult result in results)
            {
                ResultJson.Write(json, result, static _ => true);
            }

            json.WriteEndArray();
        });
        lock (_lock)
        {
            _live = new Latest(_live.Version + 1, frame);
            Signal();
        }
    }

    /// <summary>Replaces the status.</summary>
    /// <param name="write">Writes the JSON object.</param>
    public void SetStatus(Action<Utf8JsonWriter> write)
    {
        byte[] frame = Frame("status", null, write);
        lock (_lock)
        {
            _status = new Latest(_status.Version + 1, frame);
            Signal();
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="lastEventId">The id of the last event that the client has; null: it has none, and what is closed from now on is sent.</param>
    /// <param name="families">The families that are sent; empty: all.</param>
    /// <returns>The listener, to be disposed of; null when there are as many as are allowed.</returns>
    public Listener? Listen(string? lastEventId, IReadOnlySet<string> families)
    {
        ArgumentNullException.ThrowIfNull(families);
        if (Interlocked.Increment(ref _clients) > _limits.MaxClients)
        {
            Interlocked.Decrement(ref _clients);
            return null;
        }

        lock (_lock)
        {
            long? known = lastEventId is null ? _last : NumberOf(lastEventId);
            return new Listener(this, known ?? -1, families) { IsNew = lastEventId is null };
        }
    }

    private long? NumberOf(string id) =>
        id.Split('-') is [var epoch, var number] && epoch == _epoch
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed) && parsed <= _last
            ? parsed
            : null;

    private string IdOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{number}");

    private void Signal()
    {
        _news.SetResult();
        _news = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static byte[] Frame(string name, string? id, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> frame = new(4096);
        frame.Write(Encoding.UTF8.GetBytes($"{(id is null ? "" : $"id: {id}\n")}event: {name}\ndata: "));
        using (Utf8JsonWriter json = ResultJson.WriterTo(frame))
        {
            write(json);
        }

        frame.Write("\n\n"u8);
        return frame.WrittenSpan.ToArray();
    }

    private readonly record struct Latest(long Version, ReadOnlyMemory<byte> Frame);

    /// <summary>One client. Used by one thread at a time.</summary>
    public sealed class Listener : IDisposable
    {
        private const int MaxFramesAtOnce = 64;

        private readonly ResultStream _stream;
        private readonly IReadOnlySet<string> _families;
        private long _known;
        private long _live;
        private long _status;
        private bool _hasLeft;

        internal Listener(ResultStream stream, long known, IReadOnlySet<string> families) => (_stream, _known, _families) = (stream, known, families);

        /// <summary>Whether the client has no number yet: it is told one, so that it can resume though nothing was closed meanwhile.</summary>
        internal bool IsNew { get; set; }

        /// <summary>Waits for what is new.</summary>
        /// <returns>Frames to send in this order; at least one, a comment when nothing has come for <see cref="StreamLimits.KeepAlive"/>.</returns>
        public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> NextAsync(TimeProvider time, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(time);
            List<ReadOnlyMemory<byte>> frames = [];
            while (true)
            {
                Task news = Take(frames);
                if (frames.Count > 0)
                {
                    return frames;
                }

                try
                {
                    await news.WaitAsync(_stream._limits.KeepAlive, time, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    return [": nothing new\n\n"u8.ToArray()];
                }
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (!_hasLeft)
            {
                _hasLeft = true;
                Interlocked.Decrement(ref _stream._clients);
            }
        }

        /// <returns>Completes when there is more than was taken.</returns>
        private Task Take(List<ReadOnlyMemory<byte>> frames)
        {
            lock (_stream._lock)
            {
                if (_known < _stream._first - 1)
                {
                    // What lies between is gone, or the number is another process's.
                    _known = _stream._last;
                    frames.Add(Note("reset", "the windows since the last event are not kept any more: read them from /api/v1/metrics/{window}"));
                }
                else if (IsNew)
                {
                    frames.Add(Note("joined", "the windows that are closed from now on follow"));
                }

                IsNew = false;

                for (int taken = 0; taken < MaxFramesAtOnce && _known < _stream._last; taken++)
                {
                    (string family, ReadOnlyMemory<byte> frame) = _stream._closed[++_known];
                    if (_families.Count == 0 || _families.Contains(family))
                    {
                        frames.Add(frame);
                    }
                }

                AddLatest(frames, _stream._live, ref _live);
                AddLatest(frames, _stream._status, ref _status);
                return _known < _stream._last ? Task.CompletedTask : _stream._news.Task;
            }
        }

        private byte[] Note(string name, string text) => Frame(name, _stream.IdOf(_known), json =>
        {
            json.WriteStartObject();
            json.WriteString("note", text);
            json.WriteEndObject();
        });

        private static void AddLatest(List<ReadOnlyMemory<byte>> frames, Latest latest, ref long known)
        {
            if (latest.Version > known)
            {
                known = latest.Version;
                frames.Add(latest.Frame);
            }
        }
    }
}
