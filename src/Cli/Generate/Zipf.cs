using System.Numerics;

namespace Tidemark.Cli.Generate;

/// <summary>
/// Draws ranks from 0 to <c>count - 1</c> with a probability proportional to <c>1 / (rank + offset)</c> (Zipf and Mandelbrot). Exact,
/// in integers alone and without a table: an octave is drawn uniformly, a place in it uniformly, and place k of octave
/// [2^e, 2^(e+1)) is kept with probability 2^e / k.
/// </summary>
internal readonly struct Zipf
{
    private readonly ulong _first;
    private readonly ulong _end;
    private readonly int _firstOctave;
    private readonly ulong _octaves;

    /// <param name="count">1 to 10^8: a draw spends 27 bits on the place in the octave.</param>
    /// <param name="offset">At least 1; the greater, the flatter the head.</param>
    public Zipf(int count, int offset)
    {
        _first = (ulong)offset;
        _end = (ulong)count + (ulong)offset;
        _firstOctave = BitOperations.Log2(_first);
        _octaves = (ulong)(BitOperations.Log2(_end - 1) - _firstOctave + 1);
    }

    public int Next(ref Xoshiro256 random)
    {
        while (true)
        {
            ulong draw = random.Next();
            int octave = _firstOctave + (int)(((draw >> 48) * _octaves) >> 16);
            ulong size = 1UL << octave;
            ulong k = size + (draw & (size - 1));
            ulong chance = (draw >> 27) & 0x1FFFFF;
            if (k >= _first && k < _end && chance * k < size << 21)
            {
                return (int)(k - _first);
            }
        }
    }
}
