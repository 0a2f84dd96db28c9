using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tidemark.Core.Metrics;

/// <summary>Prefetch instructions. They affect no result and do nothing on processors without them.</summary>
internal static class CacheHint
{
    /// <summary>Prefetches the cache line of an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load<T>(ref T place)
    {
        if (Sse.IsSupported)
        {
            // Deliberately not pinned: if the object moves in between, a useless line is fetched and nothing else happens.
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
        }
    }
}
