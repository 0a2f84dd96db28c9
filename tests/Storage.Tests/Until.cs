using System.Diagnostics;

namespace Tidemark.Storage.Tests;

/// <summary>Polls until something holds; fails at a deadline. For things that other processes do in their own time.</summary>
internal static class Until
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static void True(Func<bool> holds, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < (patience ?? Patience), $"Not within the time: {what}");
            Thread.Sleep(2);
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> holds, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < (patience ?? Patience), $"Not within the time: {what}");
            await Task.Delay(2);
        }
    }
}
