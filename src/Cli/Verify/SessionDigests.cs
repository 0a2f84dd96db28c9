using System.Buffers;
using System.IO.Hashing;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;

namespace Tidemark.Cli.Verify;

/// <summary>
/// The sessions of each minute as their number and a hash of all of them, whatever their order: however many there are, a minute takes 40 bytes. Two
/// minutes with other sessions have the same hash with a probability of 2^-128.
/// </summary>
internal sealed class SessionDigests
{
    private readonly SortedDictionary<long, (long Count, UInt128 Hash)> _minutes = [];
    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>The starts of the minutes, epoch milliseconds, in order.</summary>
    public IEnumerable<long> Minutes => _minutes.Keys;

    /// <summary>The digest of a minute; nothing when it has no session.</summary>
    public (long Count, UInt128 Hash) Of(long minuteMs) => _minutes.GetValueOrDefault(minuteMs);

    /// <summary>Adds a session by what its events decide.</summary>
    public void Add(Session session, Interval minute)
    {
        _text.ResetWrittenCount();
        SessionJson.Write(new SessionRow(session with { Replaces = [] }, minute, 0), _text);
        (long count, UInt128 hash) = _minutes.GetValueOrDefault(minute.StartMs);
        _minutes[minute.StartMs] = (count + 1, unchecked(hash + XxHash128.HashToUInt128(_text.WrittenSpan)));
    }
}
