namespace Parquet.Encodings;

internal static class Bits
{
    /// <summary>Reads <paramref name="width"/> bits (0 to 64), the lowest first, that start at bit <paramref name="start"/>.</summary>
    public static ulong Read(ReadOnlySpan<byte> data, long start, int width)
    {
        ulong value = 0;
        int index = (int)(start >> 3);
        int skip = (int)(start & 7);
        for (int have = 0; have < width; index++)
        {
            value |= (ulong)(data[index] >> skip) << have;
            have += 8 - skip;
            skip = 0;
        }

        return width == 64 ? value : value & ((1UL << width) - 1);
    }
}
