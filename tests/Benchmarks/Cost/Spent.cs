using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tidemark.Benchmarks.Cost;

/// <summary>
/// CPU time of this thread, where the system tells it (else time), and its allocations. Other processes do not count, but for the caches
/// they empty.
/// </summary>
internal readonly partial record struct Spent(long Ns, long Bytes)
{
    private const int ThreadCpuTime = 3;

    public static Spent Now => new(Clock(), GC.GetAllocatedBytesForCurrentThread());

    public static Spent operator +(Spent a, Spent b) => new(a.Ns + b.Ns, a.Bytes + b.Bytes);

    public static Spent operator -(Spent a, Spent b) => new(a.Ns - b.Ns, a.Bytes - b.Bytes);

    private static long Clock() => OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out Time time) == 0
        ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
        : (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out Time time);

    private readonly record struct Time(long Seconds, long Nanoseconds);
}
