using System.Diagnostics;

namespace Tidemark.Support.Fixtures;

/// <summary>Polls until a condition holds; fails at a deadline. For effects of other processes.</summary>
public static class Until
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static void True(Func<bool> holds, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Check(start, what, patience);
            Thread.Sleep(2);
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> holds, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Check(start, what, patience);
            await Task.Delay(2);
        }
    }

    private static void Check(long start, string what, TimeSpan? patience)
    {
        if (Stopwatch.GetElapsedTime(start) >= (patience ?? Patience))
        {
            throw new TimeoutException($"Not within the time: {what}");
        }
    }
}
