namespace Tidemark.Sinks.Lake;

/// <summary>The hours that become final from pass to pass: what other processes wrote in them is to be compacted too.</summary>
internal sealed class FinalHours
{
    /// <summary>When more hours than this become final at once, listing the table is cheaper than examining each of them.</summary>
    private const int MaxAtOnce = 48;

    private long _next; // the first hour that is not final yet

    /// <summary>Goes on from an hour; those before it are known.</summary>
    public void GoOnFrom(long hourMs) => _next = hourMs;

    /// <summary>Adds the hours that have become final since the last pass, whichever process wrote them.</summary>
    /// <param name="isFinal">Whether an hour, by its start, is final.</param>
    /// <param name="touch">Called with the start of each hour that has become final.</param>
    /// <returns>False when they are too many to examine one by one.</returns>
    public bool TryAdd(Func<long, bool> isFinal, Action<long> touch)
    {
        for (int added = 0; isFinal(_next); added++)
        {
            if (added == MaxAtOnce)
            {
                return false;
            }

            touch(_next);
            _next += LakeLayout.HourMs;
        }

        return true;
    }
}
