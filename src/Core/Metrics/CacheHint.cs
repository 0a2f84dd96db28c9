using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tidemark.Core.Metrics;

/// <summary>Tells the processor what will be read soon. Without effect on any result; nothing where there is no such instruction.</summary>
internal static class CacheHint
{
    /// <summary>Asks for the cache line of a place in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Load<T>(ref T place)
    {
        if (Sse.IsSupported)
        {
            // Unpinned on purpose: should the object move in between, a line is fetched in vain and nothing else happens.
            Sse.Prefetch0(Unsafe.AsPointer(ref place));
        }
    }
}
